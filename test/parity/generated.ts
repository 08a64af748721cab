import fc from 'fast-check';
import type {
  PortalEmulatorOptions,
  PortalTopicOptions,
  PortalWorkspaceOptions,
} from 'quix-streams-auth/testing';

/** An emulated Portal and the input of a client. */
export interface Situation {
  readonly portal: PortalEmulatorOptions;
  /** A personal access token sees all workspaces. A streaming token sees the first. */
  readonly token: 'streaming' | 'personal' | 'unknown' | 'blind';
  readonly workspaceId: string | undefined;
  readonly group: string;
  readonly transactionalId: string;
  readonly topic: string;
  readonly partitions: number;
}

const IDS = ['org-project-dev', 'org-project-dev-eu', 'acme-live'] as const;

const topic = fc.record<PortalTopicOptions>({
  name: fc.constantFrom('f1-data', 'orders', 'topic.with_dots', 'legacy'),
  external: fc.boolean(),
  status: fc.constantFrom('Ready', 'Ready', 'Ready', 'Updating', 'Deleting', 'Error'),
  lastError: fc.constant('No quota left.'),
});

const often = <const T>(value: T, times: number): T[] => Array<T>(times).fill(value);

/** Settings besides those of a login. The official client knows all of them except the last one. */
const otherSettings = (ca: string): fc.Arbitrary<Record<string, unknown>> =>
  fc.constantFrom(
    ...often({}, 6),
    { 'ssl.cipher.suites': 'ECDHE-RSA-AES256-GCM-SHA384', 'ssl.curves.list': 'P-256' },
    { 'ssl.endpoint.identification.algorithm': 'https', 'sasl.oauthbearer.scope': 'kafka' },
    { 'ssl.ca.pem': ca, 'ssl.keystore.password': 'keystore' },
    { 'ssl.certificate.pem': ca, 'ssl.crl.location': null },
    { 'ssl.endpoint.identification.algorithm': 'none' },
    { 'ssl.ca.location': '/etc/ssl/ca.pem' },
    { 'socket.timeout.ms': '45000' },
  );

/** The broker has the certificate `ca`, an empty text in its place, or no certificate. */
const broker = (ca: string): fc.Arbitrary<NonNullable<PortalWorkspaceOptions['broker']>> =>
  fc.record({
    brokers: fc.constantFrom(['kafka.example:9093'], ['a.example:9093', 'b.example:9094']),
    securityProtocol: fc.constantFrom('SASL_SSL', 'SASL_SSL', 'SASL_PLAINTEXT', 'PLAINTEXT', 'SSL'),
    sasl: fc.record({
      mechanism: fc.constantFrom('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'),
      username: fc.constantFrom('user', 'org-project-dev', 'üser name'),
      password: fc
        .string({
          minLength: 1,
          maxLength: 20,
          unit: fc.constantFrom(...Array.from('abcXYZ019!"#$%&=,; ')),
        })
        .filter((text) => text.trim() === text),
    }),
    ca: fc.constantFrom(ca, '', undefined),
    clientId: fc.constantFrom(undefined, undefined, undefined, 'cloud-client'),
    raw: otherSettings(ca),
  });

/** Returns `count` situations, which are the same for the same seed. */
export function situations(count: number, seed: number, ca: string): Situation[] {
  const workspace = (workspaceId: string): fc.Arbitrary<PortalWorkspaceOptions> =>
    fc.record({
      workspaceId: fc.constant(workspaceId),
      name: fc.constantFrom('dev', 'Europe', `name-of-${workspaceId}`),
      status: fc.constantFrom('Ready', 'Ready', 'Ready', 'Creating', 'Disabled', 'Deleting'),
      version: fc.constantFrom(1, 2),
      brokerType: fc.constantFrom('SharedKafka', 'ConfluentCloud', 'SomethingNew'),
      broker: broker(ca),
      topics: fc.uniqueArray(topic, { maxLength: 3, selector: ({ name }) => name }),
    });
  const workspaces = fc
    .subarray([...IDS], { minLength: 1 })
    .chain((ids) => fc.tuple(...ids.map(workspace)));
  const situation = fc
    .record({
      portal: fc.record({
        workspaces,
        errorShape: fc.constantFrom('object', 'json-string', 'text'),
        topicCreationMs: fc.constantFrom(0, 0, 0, 300),
      }),
      token: fc.constantFrom(...often('streaming', 8), 'personal', 'personal', 'unknown', 'blind'),
      given: fc.constantFrom(...often('first', 6), 'nothing', 'nothing', 'last', 'name', 'typo'),
      group: fc.constantFrom('my-service', 'org-project-dev-g', 'org-project-devices', 'acme'),
      transactionalId: fc.constantFrom('tx', 'org-project-dev-tx', 'acme-live-tx'),
      topic: fc.constantFrom('f1-data', 'orders', 'legacy', 'brand-new', 'topic.with_dots'),
      partitions: fc.integer({ min: 1, max: 9 }),
    })
    .map(({ given, ...others }): Situation => {
      const all = others.portal.workspaces;
      const ids = {
        first: all[0]?.workspaceId,
        last: all.at(-1)?.workspaceId,
        name: all[0]?.name,
        typo: 'org-project-dve',
        nothing: undefined,
      };
      return { ...others, workspaceId: ids[given] };
    });
  return fc.sample(situation, { seed, numRuns: count });
}
