// `npm run bench`: measures the figures of docs/performance.md and writes it. With names as arguments,
// measures these alone and writes nothing. With --quick, the short form for CI: ratios and counts that
// are sure on a busy machine, from the repository's own node_modules. Fails when a goal is missed.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import type { Figure, Measure } from './figure.ts';
import { measureBurst } from './figures/burst.ts';
import { measureCachedCall } from './figures/cached-call.ts';
import { measureFirstCredentials } from './figures/first-credentials.ts';
import { measureGrowth } from './figures/growth.ts';
import { measureImport } from './figures/import.ts';
import { measureInstalledSize } from './figures/installed-size.ts';
import { measureKafkaConnect } from './figures/kafka-connect.ts';
import { measureKafkaThroughput } from './figures/kafka-throughput.ts';
import { measureMemory } from './figures/memory.ts';
import { measureOwnCode } from './figures/own-code.ts';
import { measureRoundTrips } from './figures/round-trips.ts';
import { machine } from './machine.ts';
import { describeGoal, isReached, toMarkdown, toText } from './report.ts';
import { root } from './support/home.ts';

const FIGURES: Readonly<Record<string, Measure>> = {
  import: measureImport,
  'installed-size': measureInstalledSize,
  'own-code': measureOwnCode,
  'cached-call': measureCachedCall,
  memory: measureMemory,
  'first-credentials': measureFirstCredentials,
  'round-trips': measureRoundTrips,
  burst: measureBurst,
  growth: measureGrowth,
  'kafka-connect': measureKafkaConnect,
  'kafka-throughput': measureKafkaThroughput,
};
/** Those that are sure enough for CI, under a minute together. */
const QUICK: readonly string[] = ['import', 'cached-call', 'memory', 'round-trips', 'burst'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !(name in FIGURES));
if (unknown.length > 0) {
  console.error(
    `No such figure: ${unknown.join(', ')}. Known: ${Object.keys(FIGURES).join(', ')}.`,
  );
  process.exit(2);
}
const names = positionals.length > 0 ? positionals : values.quick ? QUICK : Object.keys(FIGURES);

execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
const figures: Figure[] = [];
for (const name of names) {
  const start = performance.now();
  const figure = await FIGURES[name]?.(values);
  if (!figure) continue;
  figures.push(figure);
  console.log(`${toText(figure)}\n  (${((performance.now() - start) / 1000).toFixed(0)} s)`);
}

const goals = figures.flatMap(({ title, goals }) => goals.map((goal) => ({ title, goal })));
const missed = goals.filter(({ goal }) => !isReached(goal));
console.log(`\n${goals.length} goals, ${missed.length} missed.`);
for (const { title, goal } of missed) console.log(`MISSED: ${title}: ${describeGoal(goal)}`);
if (positionals.length === 0 && !values.quick) {
  const path = join(root, 'docs', 'performance.md');
  const text = [
    '# Performance',
    `Written by \`npm run bench\`, which measures all of it in one run, side by side with other packages, and fails when a goal is missed. What varies with the machine is given as a ratio, too. ${machine()}`,
    `${goals.length - missed.length} of ${goals.length} goals are reached.`,
    ...figures.map(toMarkdown),
  ].join('\n\n');
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), parser: 'markdown' }));
}
process.exitCode = missed.length === 0 ? 0 : 1;
