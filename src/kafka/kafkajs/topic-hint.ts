import type { LogEntry, logCreator } from 'kafkajs';

/** The methods of `console` by log level. */
const METHODS: Readonly<Record<string, 'error' | 'warn' | 'info'>> = {
  ERROR: 'error',
  WARN: 'warn',
  INFO: 'info',
};

/** Prints the same lines as the default of kafkajs, which kafkajs does not export. */
const printToConsole: logCreator =
  () =>
  ({ namespace, label, log }) => {
    const prefix = namespace ? `[${namespace}] ` : '';
    const line = JSON.stringify({ level: label, ...log, message: prefix + log.message });
    console[METHODS[label] ?? 'log'](line);
  };

/** Returns whether a producer or consumer uses a topic that does not exist. */
const isAboutUnknownTopic = ({ log }: LogEntry): boolean =>
  log['error'] === 'This server does not host this topic-partition' &&
  log.message.startsWith('Response Metadata(');

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
      if (!isAboutUnknownTopic(entry)) {
        print(entry);
        return;
      }
      const address = broker() ?? 'HOST:PORT';
      const hint = `The topic does not exist. getTopic() creates topics in Quix only. Create the topic: kafka-topics.sh --create --topic NAME --bootstrap-server ${address}`;
      print({ ...entry, log: { ...entry.log, hint } });
    };
  };
}
