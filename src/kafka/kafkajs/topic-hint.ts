import type { logCreator } from 'kafkajs';

const UNKNOWN_TOPIC = 'This server does not host this topic-partition';

const CONSOLE_METHODS: Readonly<Record<string, 'error' | 'warn' | 'info' | 'log'>> = {
  ERROR: 'error',
  WARN: 'warn',
  INFO: 'info',
  DEBUG: 'log',
};

/** Prints the same lines as the default of kafkajs, which kafkajs does not export. */
const printToConsole: logCreator =
  () =>
  ({ namespace, label, log }) => {
    const prefix = namespace ? `[${namespace}] ` : '';
    const line = JSON.stringify({ level: label, ...log, message: prefix + log.message });
    console[CONSOLE_METHODS[label] ?? 'log'](line);
  };

/**
 * Adds the command that creates a topic to the log line about an unknown topic. For a broker that
 * is not a broker of Quix, `getTopic()` cannot create the topic.
 *
 * @param broker - Returns the address of a broker.
 * @param create - The user's `logCreator`.
 */
export function withTopicHint(
  broker: () => string | undefined,
  create: logCreator = printToConsole,
): logCreator {
  return (logLevel) => {
    const print = create(logLevel);
    return (entry) => {
      const { log } = entry;
      // Other requests fail with the same error, for example the deletion of a topic.
      if (log['error'] === UNKNOWN_TOPIC && log.message.includes('Metadata')) {
        const address = broker() ?? 'HOST:PORT';
        log['hint'] =
          `The topic does not exist, and getTopic() only creates topics in Quix. Create it in Kafka: kafka-topics.sh --create --topic NAME --bootstrap-server ${address}`;
      }
      print(entry);
    };
  };
}
