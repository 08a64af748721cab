import type { Redactor } from '../token/index.ts';
import type { Warn } from '../warnings.ts';
import { toTlsOptions } from './tls-options.ts';

type Properties = Record<string, string>;

/** Properties with a field in `BrokerSettings`. librdkafka does not have `ssl.ca.cert`. */
const PROPERTIES_WITH_FIELD: readonly string[] = [
  'bootstrap.servers',
  'security.protocol',
  'sasl.mechanism',
  'sasl.mechanisms',
  'sasl.username',
  'sasl.password',
  'ssl.ca.cert',
  'ssl.ca.pem',
  'client.id',
];

/** Form of all property names of librdkafka, which distinguishes upper and lower case. */
const NAME = /^[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*$/;
const MAX_NAME_LENGTH = 100;

/**
 * Names of ignored properties, with the reason. Only the configuration of the user may have these
 * effects. All of `sasl.kerberos.*` is ignored, because librdkafka inserts the values into a shell
 * command.
 */
const FORBIDDEN: readonly (readonly [name: RegExp, reason: string])[] = [
  [
    /(?:^|[._])(?:cb|cmd|engine|file|interceptors?|keytab|locations?|paths?|plugins?|providers)(?:[._]|$)|^sasl\.kerberos\./,
    'it can load code, run a command or name a file on this machine',
  ],
  [/^(?:debug|log_level|log\..*)$/, 'it changes the logs of the Kafka client'],
  [/^ssl\.ca\.certificate\.stores$/, 'it changes which certificate authorities are trusted'],
  [/^metadata\.broker\.list$/, 'the brokers are in "bootstrap.servers"'],
];

/**
 * Properties that can turn off the verification of certificates, with the value that keeps it on.
 */
const VERIFICATION: ReadonlyMap<string, string> = new Map([
  ['enable.ssl.certificate.verification', 'true'],
  ['ssl.endpoint.identification.algorithm', 'https'],
]);

/** Names of properties with secret values, such as `ssl.key.pem`. */
const SECRET_NAME = /pass|secret|jaas|key|token$|^sasl\.oauthbearer\.config$/;
/** A private key, or a URL with a user name. */
const SECRET_VALUE = /PRIVATE KEY|:\/\/[^/\s]*@/;

/** Groups of properties. If Node rejects the values of a group, the whole group is ignored. */
const TLS_GROUPS = [
  ['ssl.certificate.pem', 'ssl.key.pem', 'ssl.key.password'],
  ['ssl.cipher.suites'],
  ['ssl.curves.list'],
  ['ssl.sigalgs.list'],
];

/** Warns that a property of the Portal is ignored. */
export function warnIgnored(warn: Warn, name: string, reason: string): void {
  warn({
    code: 'BROKER_SETTING_IGNORED',
    about: name,
    message: `The broker setting "${name}" of the Portal is ignored, because ${reason}. If you need it, set it in the configuration of your Kafka client.`,
  });
}

/** Returns a value as text, or `undefined` if it is not text, a number, true or false. */
function toText(value: unknown): string | undefined {
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  return isScalar ? String(value) : typeof value === 'string' ? value : undefined;
}

/** Returns why a property is ignored, or `undefined` if it is kept. */
function problemOf(name: string, text: string | undefined): string | undefined {
  const forbidden = FORBIDDEN.find(([pattern]) => pattern.test(name));
  if (forbidden) return forbidden[1];
  if (text === undefined) return 'its value is not text, a number, true or false';
  const verifying = VERIFICATION.get(name);
  if (verifying !== undefined && text.toLowerCase() !== verifying) {
    return 'it turns off the verification of certificates';
  }
  // A PEM contains line breaks.
  if (/\p{C}/u.test(name.endsWith('.pem') ? text.replace(/[\t\r\n]/g, '') : text)) {
    return 'its value contains control characters';
  }
  // OpenSSL accepts commands such as @SECLEVEL=0 in this list.
  if (name === 'ssl.cipher.suites' && text.includes('@')) return 'its value can weaken TLS';
  return undefined;
}

function isAcceptedByOpenSsl(properties: Readonly<Properties>): boolean {
  try {
    process.getBuiltinModule('node:tls').createSecureContext(toTlsOptions(properties));
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads the librdkafka properties without a field in `BrokerSettings`. Warns about each property
 * that is ignored. Blank values count as absent.
 *
 * @param redactor - Finds the token and the password.
 */
export function readOtherProperties(
  response: Readonly<Record<string, unknown>>,
  redactor: Redactor,
  warn: Warn,
): { settings: Properties; secretSettings: Properties } {
  const properties: Properties = {};
  // Sorted, because `BrokerCredentials.sameAs()` also compares the order of the properties.
  for (const [name, value] of Object.entries(response).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = toText(value);
    const isAbsent = value === null || value === undefined || text?.trim() === '';
    if (isAbsent || PROPERTIES_WITH_FIELD.includes(name)) continue;
    if (name.length > MAX_NAME_LENGTH || !NAME.test(name) || redactor.containsSecret(name)) {
      warn({
        code: 'BROKER_SETTING_IGNORED',
        about: 'broker settings',
        message:
          'A broker setting of the Portal is ignored, because librdkafka has no property names of this form.',
      });
      continue;
    }
    const problem = problemOf(name, text);
    if (problem !== undefined) warnIgnored(warn, name, problem);
    else if (text !== undefined) properties[name] = text;
  }
  for (const names of TLS_GROUPS) {
    const group = Object.entries(properties).filter(([name]) => names.includes(name));
    if (group.length === 0 || isAcceptedByOpenSsl(Object.fromEntries(group))) continue;
    for (const [name] of group) {
      warnIgnored(warn, name, 'OpenSSL does not accept its value');
      Reflect.deleteProperty(properties, name);
    }
  }
  const isSecret = ([name, value]: [string, string]): boolean =>
    SECRET_NAME.test(name) || SECRET_VALUE.test(value) || redactor.containsSecret(value);
  const entries = Object.entries(properties);
  return {
    settings: Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
    secretSettings: Object.fromEntries(entries.filter(isSecret)),
  };
}
