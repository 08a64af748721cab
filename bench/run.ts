// `npm run bench` measures all figures, writes docs/evidence/performance.md with its pictures, and
// exits with 1 if a goal is missed. `npm run bench -- import memory` measures these figures only and writes
// nothing. `--quick` is the short form for CI: only figures that are reliable on a busy machine, with the
// repository's own node_modules.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { imagesFolder, writeData } from '../scripts/pictures/data.ts';
import { writePictures } from '../scripts/pictures/draw-picture.ts';
import { describeGoal, isReached, type Figure, type Measure } from './figure.ts';
import { measureBurst } from './figures/burst.ts';
import { measureCachedCall } from './figures/cached-call.ts';
import { measureCodeSize } from './figures/code-size.ts';
import { measureColdStart } from './figures/cold-start.ts';
import { measureFirstCredentials } from './figures/first-credentials.ts';
import { measureGrowth } from './figures/growth.ts';
import { measureImport } from './figures/import.ts';
import { measureInstalledSize } from './figures/installed-size.ts';
import { measureKafkaConnect } from './figures/kafka-connect.ts';
import { measureKafkaThroughput } from './figures/kafka-throughput.ts';
import { measureMemory } from './figures/memory.ts';
import { measureRoundTrips } from './figures/round-trips.ts';
import { describeMachine, toMarkdown, toText } from './report.ts';
import { assertBaselineExists } from './support/baseline.ts';
import { root } from './support/install.ts';

const FIGURES: Readonly<Record<string, Measure>> = {
  import: measureImport,
  'installed-size': measureInstalledSize,
  'code-size': measureCodeSize,
  'first-credentials': measureFirstCredentials,
  'cold-start': measureColdStart,
  'cached-call': measureCachedCall,
  memory: measureMemory,
  'round-trips': measureRoundTrips,
  burst: measureBurst,
  growth: measureGrowth,
  'kafka-connect': measureKafkaConnect,
  'kafka-throughput': measureKafkaThroughput,
};
/** Figures of `--quick`, which take less than a minute together. */
const QUICK: readonly string[] = ['import', 'cached-call', 'memory', 'round-trips', 'burst'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !(name in FIGURES));
if (unknown.length > 0) {
  console.error(
    `Unknown figure: ${unknown.join(', ')}. Choose from ${Object.keys(FIGURES).join(', ')}.`,
  );
  process.exit(2);
}
const names = positionals.length > 0 ? positionals : values.quick ? QUICK : Object.keys(FIGURES);

// Fails before the other figures take their time.
if (names.includes('cold-start')) assertBaselineExists();
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
  const path = join(root, 'docs', 'evidence', 'performance.md');
  const options = { ...(await resolveConfig(path)), parser: 'markdown' };
  writeFileSync(path, await format(toMarkdown(figures), options));
  const measured = describeMachine();
  for (const { picture } of figures) {
    if (picture) await writeData(picture.name, { measured, ...picture.data });
  }
  writePictures(imagesFolder);
}
process.exitCode = missed.length === 0 ? 0 : 1;
