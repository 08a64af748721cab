/** Port of an entry that does not contain one. The same default as in Kafka clients. */
const DEFAULT_PORT = 9092;

/** Matches `host:port`. The host is a name, an IPv4 address, or an IPv6 address in brackets. */
const BROKER = /^(?<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%]+\])(?::(?<port>\d{1,5}))?$/;

function parseBroker(text: string): string | undefined {
  // The protocol is removed, because Kafka's own tools print listeners as `SASL_SSL://host:port`.
  const match = BROKER.exec(text.replace(/^[A-Za-z][A-Za-z0-9_+.-]*:\/\//, ''));
  const { host, port = DEFAULT_PORT } = match?.groups ?? {};
  const number = Number(port);
  return host === undefined || number < 1 || number > 65_535 ? undefined : `${host}:${number}`;
}

/**
 * Parses a comma-separated list of brokers into unique `host:port` entries. Returns `undefined` if
 * the list is empty or an entry is not a broker.
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
