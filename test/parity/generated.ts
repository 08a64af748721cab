import fc from 'fast-check';
import type {
  PortalEmulatorOptions,
  PortalTopicOptions,
  PortalWorkspaceOptions,
} from 'quix-streams-auth/testing';
import type { Case } from './run-case.ts';
import type { Input } from './this-package.ts';

/** A random state of the Portal and a random input. */
export interface GeneratedCase extends Case {
  readonly portal: PortalEmulatorOptions;
  readonly input: Input & Required<Pick<Input, 'group' | 'transactionalId' | 'topic'>>;
  /** The environment with the configured id or name. Without one, the first environment. */
  readonly environment: PortalWorkspaceOptions | undefined;
}

const IDS = ['org-project-dev', 'org-project-dev-eu', 'acme-live'] as const;

const topic = fc.record<PortalTopicOptions>({
  name: fc.constantFrom('f1-data', 'orders', 'topic.with_dots', 'legacy'),
  external: fc.boolean(),
  status: fc.constantFrom('Ready', 'Ready', 'Ready', 'Updating', 'Deleting', 'Error'),
  lastError: fc.constant('No quota left.'),
});

const repeat = <const T>(value: T, times: number): T[] => Array<T>(times).fill(value);

/** Further librdkafka properties. The official client knows all of them except the last one. */
const otherSettings = (ca: string): fc.Arbitrary<Record<string, unknown>> =>
  fc.constantFrom(
    ...repeat({}, 6),
    { 'ssl.cipher.suites': 'ECDHE-RSA-AES256-GCM-SHA384', 'ssl.curves.list': 'P-256' },
    { 'ssl.endpoint.identification.algorithm': 'https', 'ssl.keystore.password': 'keystore' },
    { 'ssl.certificate.pem': ca, 'ssl.crl.location': null },
    { 'ssl.endpoint.identification.algorithm': 'none' },
    { 'ssl.ca.location': '/etc/ssl/ca.pem' },
    { 'socket.timeout.ms': '45000' },
  );

/** A broker with the certificate `ca`, with an empty certificate, or without one. */
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

/** Returns `count` cases, which are the same for the same seed. */
export function generateCases(count: number, seed: number, ca: string): GeneratedCase[] {
  const environment = (workspaceId: string): fc.Arbitrary<PortalWorkspaceOptions> =>
    fc.record({
      workspaceId: fc.constant(workspaceId),
      name: fc.constant(`Name of ${workspaceId}`),
      status: fc.constantFrom('Ready', 'Ready', 'Ready', 'Creating', 'Disabled', 'Deleting'),
      version: fc.constantFrom(1, 2),
      brokerType: fc.constantFrom('SharedKafka', 'ConfluentCloud', 'SomethingNew'),
      broker: broker(ca),
      topics: fc.uniqueArray(topic, { maxLength: 3, selector: ({ name }) => name }),
    });
  const workspaces = fc
    .subarray([...IDS], { minLength: 1 })
    .chain((ids) => fc.tuple(...ids.map(environment)));
  const generated = fc
    .record({
      portal: fc.record({
        workspaces,
        errorShape: fc.constantFrom('object', 'json-string', 'text'),
        topicCreationMs: fc.constantFrom(0, 0, 0, 300),
      }),
      token: fc.constantFrom(...repeat('streaming', 5), 'personal', 'unknown', 'no-access'),
      configured: fc.constantFrom(...repeat('first', 3), 'none', 'last', 'name', 'typo'),
      input: fc.record({
        group: fc.constantFrom('my-service', 'org-project-dev-g', 'org-project-devices', 'acme'),
        transactionalId: fc.constantFrom('tx', 'org-project-dev-tx', 'acme-live-tx'),
        topic: fc.constantFrom('f1-data', 'orders', 'legacy', 'brand-new', 'topic.with_dots'),
        configuration: fc.record({
          partitions: fc.integer({ min: 1, max: 9 }),
          replicationFactor: fc.constant(1),
        }),
      }),
    })
    .map(({ portal, token, configured, input }): GeneratedCase => {
      const all = portal.workspaces;
      const workspaceId = {
        first: all[0]?.workspaceId,
        last: all.at(-1)?.workspaceId,
        name: all[0]?.name,
        typo: 'org-project-dve',
        none: undefined,
      }[configured];
      return {
        portal,
        token,
        environment:
          workspaceId === undefined
            ? all[0]
            : all.find((each) => [each.workspaceId, each.name].includes(workspaceId)),
        // Only this package sets reconnect.backoff.max.ms, so both clients get the same value.
        input: {
          ...input,
          workspaceId,
          kafkaConfig: { 'reconnect.backoff.max.ms': 1_000 },
          topicTimeoutMs: 5_000,
        },
      };
    });
  return fc.sample(generated, { seed, numRuns: count });
}
