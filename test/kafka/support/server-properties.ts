/** A user for SCRAM-SHA-256, SCRAM-SHA-512 and PLAIN. */
export interface KafkaUser {
  readonly username: string;
  readonly password: string;
}

/** The ports of one broker. */
export interface BrokerPorts {
  readonly saslSsl: number;
  /** Port of a proxy that clients use instead of `saslSsl`. */
  readonly proxy?: number | undefined;
  readonly plaintext: number;
  readonly controller: number;
}

export interface ServerSettings {
  /** Index of the broker. */
  readonly index: number;
  readonly ports: readonly BrokerPorts[];
  /** Folder of `keystore.pem` and of the data. */
  readonly folder: string;
  readonly user: KafkaUser;
  /** `connections.max.reauth.ms`. Default 0, which means never. */
  readonly sessionLifetimeMs?: number | undefined;
  /** Whether ACLs are required. Users of the PLAINTEXT listener are administrators. */
  readonly acls?: boolean | undefined;
  /** Address to listen on. Default 127.0.0.1. */
  readonly listenOn?: string;
}

/**
 * Returns the configuration of a broker that is also a controller. Clients use SASL_SSL,
 * administrators PLAINTEXT.
 */
export function serverProperties(settings: ServerSettings): string {
  const {
    index,
    ports,
    folder,
    user,
    sessionLifetimeMs = 0,
    acls = false,
    listenOn = '127.0.0.1',
  } = settings;
  const own = ports[index];
  if (!own) throw new Error(`There is no broker ${index}.`);
  const security = 'org.apache.kafka.common.security';
  const scram = `${security}.scram.ScramLoginModule required;`;
  const voters = ports.map(({ controller }, each) => `${each + 1}@127.0.0.1:${controller}`);
  const replicas = Math.min(3, ports.length);
  // As in production, an acknowledged message survives the loss of one of three brokers.
  const inSync = Math.max(1, replicas - 1);
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': index + 1,
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: `SASL_SSL://${listenOn}:${own.saslSsl},PLAINTEXT://${listenOn}:${own.plaintext},CONTROLLER://127.0.0.1:${own.controller}`,
    // A name, so that host name verification is tested.
    'advertised.listeners': `SASL_SSL://localhost:${own.proxy ?? own.saslSsl},PLAINTEXT://127.0.0.1:${own.plaintext}`,
    'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `${security}.plain.PlainLoginModule required user_${user.username}="${user.password}";`,
    'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': scram,
    'connections.max.reauth.ms': sessionLifetimeMs,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': `${folder}/keystore.pem`,
    'log.dirs': `${folder}/data`,
    'offsets.topic.replication.factor': replicas,
    // With proxies, all groups have the same coordinator, so that a broker affects them equally.
    'offsets.topic.num.partitions': own.proxy === undefined ? 3 : 1,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    // Shorter than the defaults, so that restarts are detected and finished sooner.
    'broker.heartbeat.interval.ms': 500,
    // With proxies, a restarted broker leads its partitions again, so that events are comparable.
    ...(own.proxy !== undefined && { 'leader.imbalance.check.interval.seconds': 2 }),
    'replica.fetch.wait.max.ms': 100,
    // The default of 128 MB does not fit a small heap.
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    'num.network.threads': 2,
    'num.io.threads': 4,
    ...(acls && {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
    }),
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Returns the arguments of `kafka-storage format` that create the SCRAM user. */
export function scramUsers({ username, password }: KafkaUser): string[] {
  return ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${username},password=${password}]`,
  ]);
}
