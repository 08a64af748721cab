import type { Figure, Measure } from '../figure.ts';
import { runProgram } from '../support/install.ts';
import { BenchPortal } from '../support/portal.ts';
import { digits, median, withSpread } from '../support/statistics.ts';

const OWN = 'quix-streams-auth';
const CALLS = {
  [OWN]: '`getBrokerCredentials()`',
  '@smithy/property-provider': '`memoize()`, the cache of the AWS credential providers',
  '@azure/identity': '`getBearerTokenProvider()`',
  'google-auth-library': '`OAuth2Client.getAccessToken()`',
  '@octokit/auth-app': "`auth({ type: 'installation' })`",
  'aws-msk-iam-sasl-signer-js': 'signs on each call (no cache)',
  'openid-client': 'requests a token on each call (no cache)',
};
type Name = keyof typeof CALLS;
const ROUNDS = 3;

interface Sample {
  readonly callNs: number;
  readonly resolvedNs: number;
}

export const measureCachedCall: Measure = async ({ quick }): Promise<Figure> => {
  using portal = await BenchPortal.start();
  const names = quick ? ([OWN] as const) : (Object.keys(CALLS) as Name[]);
  const samples = new Map<Name, Sample[]>(names.map((name) => [name, []]));
  // Each package runs in its own process because the compiler optimizes for the code it has seen before.
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      const batches = name === OWN ? '10' : '5';
      const args = ['cached-call.mjs', name, batches] as const;
      samples.get(name)?.push(...(await runProgram<Sample[]>(quick, args, portal.httpEnv)));
    }
  }
  const ns = (name: Name): number[] => (samples.get(name) ?? []).map(({ callNs }) => callNs);
  const ratios = (name: Name): number[] =>
    (samples.get(name) ?? []).map(({ callNs, resolvedNs }) => callNs / resolvedNs);
  const resolvedNs = median((samples.get(OWN) ?? []).map(({ resolvedNs }) => resolvedNs));
  return {
    title: 'Cached call',
    method: `\`await getBrokerCredentials()\` with cached credentials, alternating with \`await\` of a resolved promise in the same process: 10 times 100 000 calls of each, in ${ROUNDS} processes. The other packages use their own caches, without a network. Nanoseconds of processor time: median (quartiles).`,
    head: ['', 'ns', 'ratio to a resolved promise', 'call'],
    rows: names.map((name) => [name, withSpread(ns(name)), withSpread(ratios(name)), CALLS[name]]),
    goals: [
      { name: 'ratio to a resolved promise', value: median(ratios(OWN)), atMost: 2 },
      ...names
        .filter((name) => name !== OWN)
        .map((name) => ({
          name: `ratio to ${name}`,
          // Compares ratios, not times: the processor's speed changes between the processes.
          value: median(ratios(OWN)) / median(ratios(name)),
          atMost: 1,
        })),
    ],
    notes: [`An \`await\` of a resolved promise takes ${digits(resolvedNs)} ns.`],
  };
};
