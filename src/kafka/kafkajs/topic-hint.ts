import type { logCreator } from 'kafkajs';

const UNKNOWN_TOPIC = 'This server does not host this topic-partition';

/** Prints the same lines as the default of kafkajs, which kafkajs does not export. */
const printToConsole: logCreator =
  () =>
  ({ namespace, label, log }) => {
    const prefix = namespace ? `[${namespace}] ` : '';
    const line = JSON.stringify({ level: label, ...log, message: prefix + log.message });
    // The other levels have the names of the methods.
    const method = label === 'DEBUG' ? 'log' : label.toLowerCase();
    console[method as 'error' | 'warn' | 'info' | 'log'](line);
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
          `Create the topic: kafka-topics.sh --create --topic NAME --bootstrap-server ${address}`;
      }
      print(entry);
    };
  };
}
