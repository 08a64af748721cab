// What an import costs: `npm run bench:import`. Interleaved runs of whole processes, each minus bare
// node, so that what the machine does besides hits all of them alike. Fails above the goal.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROUNDS = Number(process.env['ROUNDS'] ?? 30);
/** The entry point costs at most this part of importing undici. */
const GOAL = 0.25;

const root = fileURLToPath(new URL('..', import.meta.url));
if (!existsSync(`${root}dist/index.js`)) {
  console.error('dist/ is missing: run `npm run build` first.');
  process.exit(1);
}

const cases = {
  'bare node': '',
  'quix-streams-auth (ESM)': "await import('quix-streams-auth')",
  'quix-streams-auth (CommonJS)': "require('quix-streams-auth')",
  'quix-streams-auth/kafkajs (ESM)': "await import('quix-streams-auth/kafkajs')",
  'its dependencies at import': "await import('jose/jwt/decode'); await import('eventemitter3')",
  undici: "await import('undici')",
};
type Case = keyof typeof cases;

function measure(code: string): number {
  const type = code.startsWith('require') ? 'commonjs' : 'module';
  const start = performance.now();
  execFileSync(process.execPath, [`--input-type=${type}`, '-e', code], { cwd: root });
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

const names = Object.keys(cases) as Case[];
const times = new Map<Case, number[]>(names.map((name) => [name, []]));
for (const name of names) measure(cases[name]); // warm the disk cache
for (let round = 0; round < ROUNDS; round++) {
  const bare = measure(cases['bare node']);
  for (const name of names) times.get(name)?.push(measure(cases[name]) - bare);
}

const cost = (name: Case): number => median(times.get(name) ?? []);
const undici = cost('undici');
console.log(
  `Import cost over bare node, medians of ${ROUNDS} interleaved runs, Node ${process.versions.node}`,
);
for (const name of names.slice(1)) {
  const ms = cost(name);
  console.log(
    `${name.padEnd(34)} ${ms.toFixed(1).padStart(7)} ms  ${(ms / undici).toFixed(2)} x undici`,
  );
}
const worst =
  Math.max(cost('quix-streams-auth (ESM)'), cost('quix-streams-auth (CommonJS)')) / undici;
console.log(`Goal: at most ${GOAL} x undici. Reached: ${worst.toFixed(2)} x.`);
process.exitCode = worst <= GOAL ? 0 : 1;
