// `npm run fleet` simulates 10 000 clients that all call a Portal with a rate limit at the same time. It
// prints a table and exits with 1 if a goal is missed. Environment variables: CLIENTS, RATE (requests per
// second that the Portal admits) and SEED.
//
// `npm run fleet -- --sockets` checks the simulation: it runs 1 000 clients in the simulation and again with
// real sockets in real time, and exits with 1 if the results differ.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runFleet, TIMEOUT_MS, type FleetEnvironment, type Phase } from './fleet.ts';
import type { RetryAfterMode } from './rate-limited-portal.ts';
import { socketEnvironment } from './socket-environment.ts';
import { virtualEnvironment } from './virtual-environment.ts';

const { sockets = false } = parseArgs({ options: { sockets: { type: 'boolean' } } }).values;
const CLIENTS = Number(process.env['CLIENTS'] ?? (sockets ? 1_000 : 10_000));
const RATE = Number(process.env['RATE'] ?? (sockets ? 100 : 500));
const SEED = Number(process.env['SEED'] ?? randomInt(2 ** 31));

interface Limits {
  readonly requests: number;
  readonly timeRatio: number;
}
/** Limits for 10 000 clients. With few clients, the result depends too much on chance. */
const LIMITS: Record<RetryAfterMode, Limits> = {
  exact: { requests: 2.1, timeRatio: 1.15 },
  'one-second': { requests: 5, timeRatio: 1.4 },
  none: { requests: 5, timeRatio: 1.4 },
  queue: { requests: 3, timeRatio: 1.15 },
};
const HEADERS: Record<RetryAfterMode, string> = {
  exact: 'time until capacity',
  'one-second': '1 second',
  none: 'none',
  queue: 'none, but answers late',
};

/** The largest relative difference between the simulation and real sockets. */
const MAX_DIFFERENCE: Limits = { requests: 0.1, timeRatio: 0.25 };

const missedGoals: string[] = [];
const simulated = new Map<string, Phase>();

/** Returns the names of the goals that a phase misses. */
function missesOf(phase: Phase, twin: Phase | undefined): string[] {
  const { requestsPerClient, timeRatio, longestMs, rejectionsPerClient, unexpected } = phase;
  const limits = LIMITS[phase.retryAfter];
  const differs = (value: number, other: number, limit: number): boolean =>
    Math.abs(value / other - 1) > limit;
  const misses = [
    !sockets && requestsPerClient > limits.requests && 'requests',
    !sockets && timeRatio > limits.timeRatio && 'time',
    twin &&
      differs(requestsPerClient, twin.requestsPerClient, MAX_DIFFERENCE.requests) &&
      'requests differ',
    twin && differs(timeRatio, twin.timeRatio, MAX_DIFFERENCE.timeRatio) && 'time differs',
    longestMs > TIMEOUT_MS && 'deadline',
    // Clients retry 429 and 503, but each token is rejected exactly once, unless the answer is late.
    rejectionsPerClient !== (phase.name === 'rotation' ? 1 : 0) &&
      !(phase.name === 'rotation' && phase.retryAfter === 'queue') &&
      'rejections',
    ...Object.entries(unexpected).map(([outcome, count]) => `${count} × ${outcome}`),
  ];
  return misses.filter((miss) => typeof miss === 'string');
}

function printRow(environment: string, phase: Phase): void {
  const { retryAfter, name, requestsPerClient, rejectionsPerClient, timeRatio, longestMs } = phase;
  const key = `${retryAfter}, ${name}`;
  const misses = missesOf(phase, simulated.get(key));
  if (environment === 'simulation') simulated.set(key, phase);
  if (misses.length > 0) {
    const header = `Retry-After: ${HEADERS[retryAfter]}`;
    missedGoals.push(`${environment}, ${header}, ${name}: ${misses.join(', ')}`);
  }
  const cells = [
    ...(sockets ? [environment] : []),
    HEADERS[retryAfter],
    name,
    requestsPerClient.toFixed(2),
    rejectionsPerClient.toFixed(2),
    timeRatio.toFixed(2),
    `${(longestMs / 1_000).toFixed(1)} s`,
    `${phase.firstPeak}, then ${phase.laterPeak}`,
    ...(misses.length > 0 ? [`MISSED: ${misses.join(', ')}`] : []),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

async function run(
  name: string,
  open: () => FleetEnvironment | Promise<FleetEnvironment>,
): Promise<void> {
  for (const retryAfter of Object.keys(LIMITS) as RetryAfterMode[]) {
    const environment = await open();
    const options = { clients: CLIENTS, rate: RATE, retryAfter };
    for await (const phase of runFleet(environment, options)) printRow(name, phase);
    await environment.close();
  }
}

const date = new Date().toISOString().slice(0, 10);
console.log(
  `CLIENTS=${CLIENTS} RATE=${RATE} SEED=${SEED}, Node ${process.versions.node}, ${date}\n`,
);
const columns = [
  ...(sockets ? ['environment'] : []),
  'Retry-After',
  'phase',
  'requests per client',
  '401 per client',
  'time ratio',
  'longest call',
  'requests per second',
];
console.log(`| ${columns.join(' | ')} |\n| ${columns.map(() => '---').join(' | ')} |`);
await run('simulation', () => virtualEnvironment(RATE, SEED));
if (sockets) await run('sockets', () => socketEnvironment(RATE, SEED));
for (const missed of missedGoals) console.error(`Missed: ${missed}`);
if (missedGoals.length > 0) process.exitCode = 1;
