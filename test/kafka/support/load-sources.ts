import type { KafkaConfig } from 'kafkajs';
import type { ClientDescription, QuixStreamingClient } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { BrokerCredentials } from '../../../src/credentials/index.ts';
import { loadConfluent, silent, type ConfluentKafka } from './confluent-build.ts';

/** Connection settings that never change. */
export interface Literals {
  readonly brokers: string[];
  readonly ca: string;
  readonly username: string;
  readonly password: string;
}

/** The part of a client that the adapter needs. */
type CredentialClient = Pick<
  QuixStreamingClient,
  'getBrokerCredentials' | 'invalidate' | 'describe'
>;

/** Credentials of a Portal, or a library without the adapter, for comparison. */
export type LoadSource = QuixStreamingClient | Literals;

export function kafkaJSOptions(source: LoadSource): KafkaConfig {
  if ('getBrokerCredentials' in source) return kafkaJSConfig(source);
  const { brokers, ca, username, password } = source;
  const sasl = { mechanism: 'scram-sha-512', username, password } as const;
  return { brokers, ssl: { ca }, sasl, connectionTimeout: 10_000 };
}

/**
 * Returns fixed credentials for the adapter. The library alone would end the process, because lost
 * connections emit `error` twice.
 */
export function platformaticSource(source: LoadSource): CredentialClient {
  if ('getBrokerCredentials' in source) return source;
  const { brokers, ca, username, password } = source;
  const securityProtocol = 'SASL_SSL';
  const sasl = { mechanism: 'SCRAM-SHA-512', username, password };
  const credentials = new BrokerCredentials(
    { workspaceId: 'literals', brokers, securityProtocol, sasl, ca },
    { generation: 1, obtainedAt: new Date() },
  );
  return {
    getBrokerCredentials: () => Promise.resolve(credentials),
    invalidate: () => undefined,
    describe: () => ({ securityProtocol }) as ClientDescription,
  };
}

export function confluentClients(source: LoadSource): ConfluentKafka {
  const library = loadConfluent();
  if ('getBrokerCredentials' in source) {
    return confluentKafka(source, library, { kafkaJS: { logger: silent } });
  }
  const { brokers, ca, username, password } = source;
  return new library.Kafka({
    kafkaJS: { logger: silent },
    'bootstrap.servers': brokers.join(','),
    'security.protocol': 'sasl_ssl',
    'sasl.mechanisms': 'SCRAM-SHA-512',
    'sasl.username': username,
    'sasl.password': password,
    'ssl.ca.pem': ca,
  });
}
