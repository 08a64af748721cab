import kafkajs, { type SASLOptions } from 'kafkajs';
import { withAdmin, type KafkaAccess } from './kafka-access.ts';
import { requestScramChange, type ScramMechanism } from './scram-request.ts';
import type { KafkaUser } from './server-properties.ts';
import { waitUntil } from './wait-until.ts';

// Node detects only some of the CommonJS exports of kafkajs.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const EVERYWHERE_TIMEOUT_MS = 15_000;

/** Administrative tasks. Each resolves when all running brokers have applied it. */
export interface KafkaAdmin {
  /** Creates a topic on up to three brokers, by default with one partition. */
  readonly createTopic: (
    topic: string,
    partitions?: number,
    replicationFactor?: number,
  ) => Promise<void>;
  /**
   * Changes the password of {@link KafkaAccess.user}, or of another user, which it creates if
   * necessary.
   */
  readonly setScramPassword: (
    mechanism: ScramMechanism,
    password: string,
    username?: string,
  ) => Promise<void>;
  /**
   * Deletes a user's SCRAM password. Do not restart a broker afterwards. Kafka 4.1.0 may then lose
   * the passwords of all users.
   */
  readonly deleteScramPassword: (mechanism: ScramMechanism, user: KafkaUser) => Promise<void>;
  /** With `acls`, allows the user topics, groups and transactional ids with this prefix. */
  readonly allowPrefix: (prefix: string, username?: string) => Promise<void>;
}

async function canSignIn(
  broker: string,
  { ca, otherCa }: KafkaAccess,
  mechanism: ScramMechanism,
  username: string,
  password: string,
): Promise<boolean> {
  const sasl = { mechanism: mechanism.toLowerCase(), username, password } as SASLOptions;
  return withAdmin({ brokers: [broker], ssl: { ca: [ca, otherCa] }, sasl }, () =>
    Promise.resolve(true),
  );
}

async function countAcls(broker: string, username: string): Promise<number> {
  const found = await withAdmin({ brokers: [broker] }, (admin) =>
    admin.describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
      principal: `User:${username}`,
    }),
  );
  return found.resources.reduce((sum, { acls }) => sum + acls.length, 0);
}

/** Uses the PLAINTEXT listener, where all users are super users. */
export function kafkaAdmin(access: KafkaAccess): KafkaAdmin {
  const { plaintext, saslSsl } = access.bootstrap;

  /** Returns the indices of the brokers that respond. */
  const running = async (): Promise<number[]> => {
    const answers = await Promise.all(
      plaintext.map((broker) =>
        withAdmin({ brokers: [broker] }, () => Promise.resolve(true)).catch(() => false),
      ),
    );
    return answers.flatMap((isRunning, index) => (isRunning ? [index] : []));
  };
  const onEveryBroker = async (
    what: string,
    isDone: (index: number) => Promise<boolean>,
    indices: readonly number[],
  ): Promise<void> => {
    await Promise.all(
      indices.map((index) =>
        waitUntil(() => isDone(index), { timeoutMs: EVERYWHERE_TIMEOUT_MS, what }),
      ),
    );
  };

  return {
    async createTopic(topic, partitions = 1, replicationFactor = Math.min(3, plaintext.length)) {
      await withAdmin({ brokers: plaintext }, (admin) =>
        admin.createTopics({
          waitForLeaders: false,
          topics: [{ topic, numPartitions: partitions, replicationFactor }],
        }),
      );
      // The wait of kafkajs fails if a broker does not know the topic yet.
      await onEveryBroker(
        `Creating the topic ${topic}`,
        (index) =>
          withAdmin({ brokers: [plaintext[index] ?? ''] }, async (admin) => {
            const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
            return topics.some(({ partitions: all }) => all.every(({ leader }) => leader >= 0));
          }).catch(() => false),
        await running(),
      );
    },

    async setScramPassword(mechanism, password, username = access.user.username) {
      const indices = await running();
      const [first = 0] = indices;
      await requestScramChange(plaintext[first] ?? '', { mechanism, username, password });
      await onEveryBroker(
        `The change of the password of ${username}`,
        (index) => canSignIn(saslSsl[index] ?? '', access, mechanism, username, password),
        indices,
      );
    },

    async deleteScramPassword(mechanism, { username, password }) {
      const indices = await running();
      const [first = 0] = indices;
      const change = { mechanism, username, password: undefined };
      await requestScramChange(plaintext[first] ?? '', change);
      await onEveryBroker(
        `The deletion of ${username}`,
        (index) =>
          canSignIn(saslSsl[index] ?? '', access, mechanism, username, password).then(
            () => false,
            () => true,
          ),
        indices,
      );
    },

    async allowPrefix(prefix, username = access.user.username) {
      const indices = await running();
      const [first = 0] = indices;
      const before = await countAcls(plaintext[first] ?? '', username);
      const types = [
        AclResourceTypes.TOPIC,
        AclResourceTypes.GROUP,
        AclResourceTypes.TRANSACTIONAL_ID,
      ];
      const acl = types.map((resourceType) => ({
        resourceType,
        resourceName: prefix,
        resourcePatternType: ResourcePatternTypes.PREFIXED,
        principal: `User:${username}`,
        host: '*',
        operation: AclOperationTypes.ALL,
        permissionType: AclPermissionTypes.ALLOW,
      }));
      await withAdmin({ brokers: [plaintext[first] ?? ''] }, (admin) => admin.createAcls({ acl }));
      await onEveryBroker(
        `Admitting ${username} to ${prefix}`,
        async (index) =>
          (await countAcls(plaintext[index] ?? '', username)) >= before + types.length,
        indices,
      );
    },
  };
}
