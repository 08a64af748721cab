// What a fleet does to a Portal that has room for few: `npm run fleet`, with CLIENTS, RATE (admitted
// requests a second) and SEED. Whole clients on a clock of their own. Prints a table, and fails when a
// goal is missed. `npm run fleet -- --sockets` has fewer, first so and then on real sockets in real time,
// and fails when the two differ: whether the model is right is what it asks.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Telling } from './fleet/admission.ts';
import { runFleet, TIMEOUT_MS, type Phase, type World } from './fleet/fleet.ts';
import { socketWorld } from './fleet/socket-world.ts';
import { virtualWorld } from './fleet/virtual-world.ts';

const { sockets = false } = parseArgs({ options: { sockets: { type: 'boolean' } } }).values;
const CLIENTS = Number(process.env['CLIENTS'] ?? (sockets ? 1_000 : 10_000));
const RATE = Number(process.env['RATE'] ?? (sockets ? 100 : 500));
const SEED = Number(process.env['SEED'] ?? randomInt(2 ** 31));

interface Limits {
  readonly requests: number;
  readonly overIdeal: number;
}
const goals: Record<Telling, Limits & { readonly says: string }> = {
  room: { says: 'Retry-After tells when there is room', requests: 2.1, overIdeal: 1.15 },
  '1 s': { says: 'Retry-After: 1', requests: 5, overIdeal: 1.4 },
  none: { says: 'no Retry-After', requests: 5, overIdeal: 1.4 },
};

/** How much more or less of both the sockets may show than the virtual run of the same size. */
const DIFFERENCE = { requests: 0.1, overIdeal: 0.25 };

const missed: string[] = [];
const virtual = new Map<string, Phase>();

/** The goals are for the size of the issue, where chance weighs little; else what the model says is. */
function differsFrom(limits: Limits, phase: Phase, twin: Phase | undefined): (string | false)[] {
  const { requestsPerClient, overIdeal } = phase;
  if (!sockets) {
    return [
      requestsPerClient > limits.requests && 'requests',
      overIdeal > limits.overIdeal && 'time',
    ];
  }
  if (!twin) return [];
  const { requests, overIdeal: time } = DIFFERENCE;
  return [
    Math.abs(requestsPerClient / twin.requestsPerClient - 1) > requests && 'requests differ',
    Math.abs(overIdeal / twin.overIdeal - 1) > time && 'time differs',
  ];
}

function printRow(world: string, phase: Phase): void {
  const { telling, name, requestsPerClient, rejectionsPerClient, overIdeal, longestMs } = phase;
  const goal = goals[telling];
  const key = `${telling}, ${name}`;
  const misses = [
    ...differsFrom(goal, phase, virtual.get(key)),
    longestMs > TIMEOUT_MS && 'deadline',
    // Whatever the Portal refuses for want of room, it rejects each client's token once.
    rejectionsPerClient !== (name === 'mass 401' ? 1 : 0) && 'rejections',
    ...Object.entries(phase.astray).map(([outcome, count]) => `${count} ${outcome}`),
  ].filter((each) => typeof each === 'string');
  if (world === 'virtual') virtual.set(key, phase);
  if (misses.length > 0) missed.push(`${world}, ${goal.says}, ${name}: ${misses.join(', ')}`);
  const cells = [
    ...(sockets ? [world] : []),
    goal.says,
    name,
    `${requestsPerClient.toFixed(2)}${sockets ? '' : ` (≤ ${goal.requests})`}`,
    rejectionsPerClient.toFixed(2),
    `${overIdeal.toFixed(2)}${sockets ? '' : ` (≤ ${goal.overIdeal})`}`,
    `${(longestMs / 1_000).toFixed(1)} s`,
    `${phase.firstPeak}, then ${phase.laterPeak}`,
    misses.length > 0 ? `MISSED: ${misses.join(', ')}` : 'reached',
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

async function run(name: string, openWorld: () => World | Promise<World>): Promise<void> {
  for (const telling of Object.keys(goals) as Telling[]) {
    const world = await openWorld();
    for await (const phase of runFleet(world, { clients: CLIENTS, rate: RATE, telling })) {
      printRow(name, phase);
    }
    await world.close();
  }
}

console.log(
  `CLIENTS=${CLIENTS} RATE=${RATE} SEED=${SEED}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}. Goals in brackets; in the mass 401, each token is rejected once and no more.\n`,
);
const columns = [
  ...(sockets ? ['world'] : []),
  'beyond the rate',
  'what all do at once',
  'requests per client',
  '401 per client',
  'time over ideal',
  'longest call',
  'peak per second',
  'goals',
];
console.log(`| ${columns.join(' | ')} |\n| ${columns.map(() => '---').join(' | ')} |`);
await run('virtual', () => virtualWorld(RATE, SEED));
if (sockets) await run('sockets', () => socketWorld(RATE, SEED));
for (const each of missed) console.error(`Missed: ${each}`);
if (missed.length > 0) process.exitCode = 1;
