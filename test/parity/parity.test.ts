import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { DIFFERENCES } from './differences.ts';
import {
  OfficialClient,
  QUIXSTREAMS_VERSION,
  type Results,
  type Outcome,
  type Input,
} from './official-client.ts';
import { situations, type Situation } from './situations.ts';

const COUNT = 240;
const SEED = Number(process.env['SEED'] ?? 20_261_124);

interface Comparison {
  readonly situation: Situation;
  readonly what: keyof Results;
  readonly official: Outcome<unknown>;
  readonly ours: Outcome<unknown>;
}

const parityPage = readFileSync(
  fileURLToPath(new URL('../../docs/evidence/parity.md', import.meta.url)),
  'utf8',
);

const same: Comparison[] = [];
const both: Comparison[] = [];
const explained = new Map<string, number>();
const unexplained: Comparison[] = [];

async function outcome<T>(promise: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await promise };
  } catch (error) {
    if (error instanceof QuixError) return { error: error.code };
    throw error;
  }
}

/** Settings that the official Application adds itself. In this package the adapters add them. */
const ADAPTER_SETTINGS = { 'connections.max.idle.ms': '180000', 'metadata.max.age.ms': '180000' };

async function runOurs({ portalApi, token, workspaceId, ...names }: Input): Promise<Results> {
  await using quix = new QuixStreamingClient(token, { portalApi, workspaceId, env: {} });
  const configuration = { partitions: names.partitions, replicationFactor: 1 };
  return {
    settings: await outcome(
      quix
        .getBrokerCredentials()
        .then((credentials) => ({ ...credentials.toLibrdkafka(), ...ADAPTER_SETTINGS })),
    ),
    group: await outcome(quix.getConsumerGroup(names.group)),
    transactionalId: await outcome(quix.getTransactionalId(names.transactionalId)),
    topicId: await outcome(quix.getTopic(names.topic, { configuration }).then(({ id }) => id)),
  };
}

/** Returns a comparable form. librdkafka accepts both names of the mechanism, and protocols in any case. */
function normalised({ value, error }: Outcome<unknown>): unknown {
  if (error !== undefined) return 'an error';
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Record<string, string>).map(([key, text]) => [
    key === 'sasl.mechanisms' ? 'sasl.mechanism' : key,
    key === 'security.protocol' ? text.toLowerCase() : text,
  ]);
  return JSON.stringify(entries.sort());
}

function compare(comparison: Comparison): void {
  const { situation, what, official, ours } = comparison;
  if (normalised(official) === normalised(ours)) {
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
      const run = async (client: (input: Input) => Promise<Results>): Promise<Results> => {
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
      const [theirs, ours] = [await run((input) => official.run(input)), await run(runOurs)];
      for (const what of ['settings', 'group', 'transactionalId', 'topicId'] as const) {
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
  });

  it.each(DIFFERENCES.map(({ name }) => name))('differ as the parity page says: %s', (name) => {
    expect(explained.get(name) ?? 0).toBeGreaterThan(0);
    expect(parityPage).toContain(name);
  });
});
