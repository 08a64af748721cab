import type { Figure, Measure } from '../figure.ts';
import { BenchPortal } from '../support/portal.ts';
import { runProgram } from '../support/program.ts';
import { digits, median, withSpread } from '../support/statistics.ts';

const OWN = 'quix-streams-auth';
const PEERS = {
  '@smithy/property-provider': '`memoize()`, which is what the AWS providers cache with',
  '@azure/identity': '`getBearerTokenProvider()`',
  'google-auth-library': '`OAuth2Client.getAccessToken()`',
  '@octokit/auth-app': "`auth({ type: 'installation' })`",
  'aws-msk-iam-sasl-signer-js': 'has no cache: signs each time',
  'openid-client': 'has no cache: asks each time, here a function',
};
const ROUNDS = 3;

interface Sample {
  readonly callNs: number;
  readonly resolvedNs: number;
}

export const measureCachedCall: Measure = async ({ quick }): Promise<Figure> => {
  using portal = await BenchPortal.start();
  const names = quick ? [OWN] : [OWN, ...Object.keys(PEERS)];
  const samples = new Map<string, Sample[]>(names.map((name) => [name, []]));
  // A process for each: none runs code that another has made the compiler expect otherwise.
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      const batches = name === OWN ? '10' : '5';
      samples
        .get(name)
        ?.push(
          ...(await runProgram<Sample[]>(
            quick,
            ['cached-call.mjs', name, batches],
            portal.httpEnv,
          )),
        );
    }
  }
  const ns = (name: string): number[] => (samples.get(name) ?? []).map(({ callNs }) => callNs);
  const overResolved = (name: string): number[] =>
    (samples.get(name) ?? []).map(({ callNs, resolvedNs }) => callNs / resolvedNs);
  return {
    title: 'Cached call',
    how: `\`await getBrokerCredentials()\` with warm credentials, by turns with \`await\` of a resolved promise in the same process: 10 times 100 000 awaits of each, in ${ROUNDS} processes. The peers answer from their own caches, with a source that answers at once and no network. Nanoseconds of processor time: median (quartiles).`,
    head: ['', 'ns', 'over a resolved promise', 'what is called'],
    rows: names.map((name) => [
      name,
      withSpread(ns(name)),
      withSpread(overResolved(name)),
      name === OWN ? '`getBrokerCredentials()`' : PEERS[name as keyof typeof PEERS],
    ]),
    goals: [
      { name: 'over a resolved promise', value: median(overResolved(OWN)), atMost: 2 },
      ...names.slice(1).map((name) => ({
        name: `over ${name}`,
        // Each over the promise of its own process: processors change their speed meanwhile.
        value: median(overResolved(OWN)) / median(overResolved(name)),
        atMost: 1,
      })),
    ],
    notes: [
      `The limit, an \`await\` of a resolved promise: ${digits(median((samples.get(OWN) ?? []).map(({ resolvedNs }) => resolvedNs)))} ns.`,
    ],
  };
};
