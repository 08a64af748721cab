/** The port that Kafka clients take when none is given. */
const DEFAULT_PORT = 9092;

/** `host:port`, the host a name, an IPv4 address or an IPv6 one in brackets. */
const BROKER = /^(?<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%]+\])(?::(?<port>\d{1,5}))?$/;

function parseBroker(text: string): string | undefined {
  // `SASL_SSL://host:port` is how Kafka's own tools print listeners.
  const match = BROKER.exec(text.replace(/^[A-Za-z][A-Za-z0-9_+.-]*:\/\//, ''));
  const { host, port = DEFAULT_PORT } = match?.groups ?? {};
  const number = Number(port);
  return host === undefined || number < 1 || number > 65_535 ? undefined : `${host}:${number}`;
}

/**
 * A comma-separated list of brokers as `host:port`, without blanks, schemes and doubles. `undefined`
 * when an entry is none, or when there is none at all.
 */
export function parseBrokerList(list: string): string[] | undefined {
  const brokers = new Set<string>();
  for (const entry of list.split(',')) {
    const text = entry.trim();
    if (text === '') continue;
    const broker = parseBroker(text);
    if (broker === undefined) return undefined;
    brokers.add(broker);
  }
  return brokers.size > 0 ? [...brokers] : undefined;
}
