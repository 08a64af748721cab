import { librdkafkaProperties, unwritable, type Settings } from './format.ts';

const KAFKAJS_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'];

/** Format for every librdkafka client that accepts an object, a dict or a map. */
export const librdkafka = {
  about: "librdkafka's properties as a JSON object",
  write: librdkafkaProperties,
};

/** Format for `new Kafka(JSON.parse(…))`. */
export const kafkajs = {
  about: "kafkajs' configuration as a JSON object",
  write({ brokers, securityProtocol, sasl, ca, clientId }: Settings): object {
    const mechanism = sasl?.mechanism.toLowerCase();
    if (mechanism !== undefined && !KAFKAJS_MECHANISMS.includes(mechanism)) {
      const supported = KAFKAJS_MECHANISMS.join(', ');
      throw unwritable('kafkajs', 'SASL mechanism', `kafkajs supports ${supported}`);
    }
    return {
      ...(clientId !== undefined && { clientId }),
      brokers,
      ssl: securityProtocol.endsWith('SSL') && (ca === undefined || { ca: [ca] }),
      ...(sasl && { sasl: { ...sasl, mechanism } }),
    };
  },
};

/** Format with all settings under the names of this package. */
export const json = {
  about: "all settings under this package's own names",
  write: (settings: Settings): object => settings,
};
