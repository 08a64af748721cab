/** Port of an entry that does not contain one. The same default as in Kafka clients. */
const DEFAULT_PORT = 9092;

/** Matches `host:port`. The host is a name, an IPv4 address, or an IPv6 address in brackets. */
const BROKER = /^(?<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%]+\])(?::(?<port>\d{1,5}))?$/;

/** Parses a comma-separated list of brokers. Returns unique `host:port` entries, or `undefined`. */
export function parseBrokerList(list: string): string[] | undefined {
  const brokers = new Set<string>();
  for (const entry of list.split(',')) {
    const text = entry.trim();
    if (text === '') continue;
    // The protocol is removed, because Kafka's own tools print listeners as `SASL_SSL://host:port`.
    const match = BROKER.exec(text.replace(/^[A-Za-z][A-Za-z0-9_+.-]*:\/\//, ''));
    const { host, port = DEFAULT_PORT } = match?.groups ?? {};
    const number = Number(port);
    if (host === undefined || number < 1 || number > 65_535) return undefined;
    brokers.add(`${host}:${number}`);
  }
  return brokers.size > 0 ? [...brokers] : undefined;
}
