import { unwritable, type Settings } from './format.ts';

const LOGIN_MODULES: Readonly<Record<string, string>> = {
  PLAIN: 'org.apache.kafka.common.security.plain.PlainLoginModule',
  'SCRAM-SHA-256': 'org.apache.kafka.common.security.scram.ScramLoginModule',
  'SCRAM-SHA-512': 'org.apache.kafka.common.security.scram.ScramLoginModule',
};

const JAAS_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r' };

/** Returns a quoted string for Java's StreamTokenizer, with which Kafka reads `sasl.jaas.config`. */
function jaasString(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/[\n\r]/g, (each) => JAAS_ESCAPES[each] ?? '')}"`;
}

const unicodeEscape = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Returns a value for Java's `Properties.load()`. It reads Latin-1, so other characters are escaped. */
function propertyValue(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replace(/[^\n\x20-\x7e]/g, unicodeEscape)
    .replace(/^ /, '\\ ');
}

function jaasConfig({ mechanism, username, password }: NonNullable<Settings['sasl']>): string {
  const module = LOGIN_MODULES[mechanism];
  if (module === undefined) {
    const supported = Object.keys(LOGIN_MODULES).join(', ');
    throw unwritable('properties', 'SASL mechanism', `supported are ${supported}`);
  }
  return `${module} required username=${jaasString(username)} password=${jaasString(password)};`;
}

/** Format for Kafka's own console tools and other Java clients. */
export const properties = {
  about: "Java properties for Kafka's own tools (--command-config)",
  write({ brokers, securityProtocol, sasl, ca, clientId }: Settings): string {
    const settings: Record<string, string> = {
      'bootstrap.servers': brokers.join(','),
      'security.protocol': securityProtocol,
      ...(sasl && { 'sasl.mechanism': sasl.mechanism, 'sasl.jaas.config': jaasConfig(sasl) }),
      ...(ca !== undefined && {
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.certificates': ca.trim(),
      }),
      ...(clientId !== undefined && { 'client.id': clientId }),
    };
    return Object.entries(settings)
      .map(([name, value]) => `${name}=${propertyValue(value)}\n`)
      .join('');
  },
};
