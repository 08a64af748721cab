import { assertMechanism, toLines, type Settings } from './format.ts';

const JAAS_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r' };

/**
 * Returns a quoted string for Java's StreamTokenizer, with which Kafka reads `sasl.jaas.config`.
 */
function jaasString(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/[\n\r]/g, (each) => JAAS_ESCAPES[each] ?? '')}"`;
}

const unicodeEscape = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Returns a value for Java's `Properties.load()`. It reads Latin-1, so everything outside printable
 * ASCII is escaped.
 */
function propertyValue(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replace(/[^\n\x20-\x7e]/g, unicodeEscape)
    .replace(/^ /, '\\ ');
}

function jaasConfig({ mechanism, username, password }: NonNullable<Settings['sasl']>): string {
  assertMechanism('properties', mechanism);
  const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule';
  return `org.apache.kafka.common.security.${module} required username=${jaasString(username)} password=${jaasString(password)};`;
}

/** Returns a file of properties for Kafka's own tools and other Java clients. */
export function toJavaProperties(settings: Settings): string {
  const { brokers, securityProtocol, sasl, ca, clientId } = settings;
  const properties = {
    'bootstrap.servers': brokers.join(','),
    'security.protocol': securityProtocol,
    ...(sasl && { 'sasl.mechanism': sasl.mechanism, 'sasl.jaas.config': jaasConfig(sasl) }),
    ...(ca !== undefined && {
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': ca.trim(),
    }),
    ...(clientId !== undefined && { 'client.id': clientId }),
  };
  return toLines(properties, propertyValue);
}
