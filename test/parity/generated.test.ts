import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { COMPARED, DIFFERENCES } from './differences.ts';
import { isSame } from './compare.ts';
import {
  OfficialClient,
  QUIXSTREAMS_VERSION,
  type Input,
  type Outcome,
} from './official-client.ts';
import { runOurs } from './our-client.ts';
import { situations, type Situation } from './generated.ts';

const COUNT = 240;
const DEFAULT_SEED = 20_261_124;
const SEED = Number(process.env['SEED'] ?? DEFAULT_SEED);

interface Comparison {
  readonly situation: Situation;
  readonly what: (typeof COMPARED)[number];
  readonly official: Outcome;
  readonly ours: Outcome;
}

const parityPage = readFileSync(
  fileURLToPath(new URL('../../docs/parity.md', import.meta.url)),
  'utf8',
);

const same: Comparison[] = [];
const both: Comparison[] = [];
const explained = new Map<string, number>();
const unexplained: Comparison[] = [];

function compare(comparison: Comparison): void {
  const { situation, what, official, ours } = comparison;
  if (isSame(official, ours)) {
    (official.error === undefined ? same : both).push(comparison);
    return;
  }
  const difference = DIFFERENCES.find(({ applies }) => applies(official, ours, what, situation));
  if (!difference) unexplained.push(comparison);
  else explained.set(difference.name, (explained.get(difference.name) ?? 0) + 1);
}

beforeAll(async () => {
  const official = new OfficialClient();
  try {
    const { certificate } = await createCertificateAuthority('A private CA');
    for (const situation of situations(COUNT, SEED, certificate)) {
      // Each client has its own Portal, because both may create the topic.
      const run = async <T>(client: (input: Input) => Promise<T>): Promise<T> => {
        await using portal = await startPortalEmulator(situation.portal);
        const tokens = {
          streaming: () => portal.token1,
          personal: () => portal.addToken(),
          unknown: () => 'pat-of-somebody-else',
          blind: () => portal.addToken({ workspaces: [] }),
        };
        // Both Portals return the users and passwords of the situation.
        return await client({
          ...situation,
          portalApi: portal.url,
          token: tokens[situation.token](),
        });
      };
      const [theirs, ours] = await Promise.all([
        run((input) => official.run(input, COMPARED)),
        run((input) => runOurs(input, COMPARED)),
      ]);
      for (const what of COMPARED) {
        compare({ situation, what, official: theirs[what], ours: ours[what] });
      }
    }
  } finally {
    official.close();
  }
}, 600_000);

afterAll(() => {
  console.log(
    [
      `quixstreams ${QUIXSTREAMS_VERSION}, seed ${SEED}: ${COUNT} situations, 4 results each.`,
      `The values are equal ${same.length} times, and both clients fail ${both.length} times.`,
      ...[...explained].map(([name, count]) => `${count} times: ${name}`),
    ].join('\n'),
  );
});

describe('this package and the official Python client', () => {
  it('agree wherever no documented difference applies', () => {
    expect(
      unexplained.map(({ what, official, ours, situation }) => ({
        what,
        official,
        ours,
        given: { ...situation, portal: JSON.stringify(situation.portal) },
      })),
    ).toEqual([]);
    expect(same.length).toBeGreaterThan(COUNT);
    if (SEED !== DEFAULT_SEED) return;
    const different = COUNT * COMPARED.length - same.length - both.length;
    expect(parityPage).toContain(
      `In ${same.length} cases the values are equal. In ${both.length} cases both clients fail. In ${different} cases the results differ`,
    );
  });

  it.each(DIFFERENCES.map(({ name }) => name))('differ as the parity page says: %s', (name) => {
    expect(explained.get(name) ?? 0).toBeGreaterThan(0);
    expect(parityPage).toContain(name);
  });
});
