import type { logCreator } from 'kafkajs';

/** kafkajs logs this text for a topic that does not exist. A broker that creates topics returns another error. */
const UNKNOWN_TOPIC = 'This server does not host this topic-partition';

/** Prints the same lines as the default of kafkajs, which kafkajs does not export. */
const printToConsole: logCreator =
  () =>
  ({ namespace, label, log }) => {
    const prefix = namespace ? `[${namespace}] ` : '';
    const line = JSON.stringify({ level: label, ...log, message: prefix + log.message });
    if (label === 'ERROR') console.error(line);
    else if (label === 'WARN') console.warn(line);
    else console.log(line);
  };

/**
 * Adds the command that creates a topic to the log line about an unknown topic. For a broker that
 * is not a broker of Quix, `getTopic()` cannot create the topic.
 *
 * @param create - The user's `logCreator`.
 * @param broker - Returns the address of a broker.
 */
export function withTopicHint(
  create: logCreator = printToConsole,
  broker: () => string | undefined,
): logCreator {
  return (logLevel) => {
    const print = create(logLevel);
    return (entry) => {
      if (entry.log['error'] !== UNKNOWN_TOPIC) {
        print(entry);
        return;
      }
      const hint = `This broker does not create topics automatically, and getTopic() creates topics in Quix only. Create the topic: kafka-topics.sh --create --topic NAME --bootstrap-server ${broker() ?? 'HOST:PORT'}`;
      print({ ...entry, log: { ...entry.log, hint } });
    };
  };
}
