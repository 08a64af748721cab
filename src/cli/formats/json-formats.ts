import { librdkafkaProperties, unwritable, type Format } from './format.ts';

const write = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** What kafkajs can do, under its own names. */
const KAFKAJS_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'];

/** For any librdkafka client that takes an object, a dict or a map. */
export const librdkafka: Format = {
  about: "librdkafka's properties as a JSON object, for confluent-kafka, node-rdkafka and others",
  write: (settings) => write(librdkafkaProperties(settings)),
};

/** For `new Kafka(JSON.parse(…))`. */
export const kafkajs: Format = {
  about: "kafkajs' configuration as a JSON object",
  write({ brokers, securityProtocol, sasl, ca, clientId }) {
    const mechanism = sasl?.mechanism.toLowerCase();
    if (mechanism !== undefined && !KAFKAJS_MECHANISMS.includes(mechanism)) {
      throw unwritable(
        'kafkajs',
        'SASL mechanism',
        `kafkajs knows ${KAFKAJS_MECHANISMS.join(', ')}`,
      );
    }
    return write({
      ...(clientId !== undefined && { clientId }),
      brokers,
      ssl: securityProtocol.endsWith('SSL') && (ca === undefined || { ca: [ca] }),
      ...(sasl && { sasl: { ...sasl, mechanism } }),
    });
  },
};

/** All that is known, under this package's names. */
export const json: Format = {
  about: "all that is known, under this package's own names",
  write: ({ caFile, ...settings }) =>
    write({ ...settings, ...(caFile !== undefined && { caFile }) }),
};
