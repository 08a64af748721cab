import { Option, type Command } from 'commander';
import type { BrokerAddress } from 'quix-streams-auth';
import { MECHANISMS, PROTOCOLS } from '../credentials/index.ts';
import { UsageError } from './errors.ts';
import { brokerList, certificate, variableContent, type PemFile } from './option-parsers.ts';
import type { Io } from './output.ts';

/** Values of the options that {@link addBrokerOptions} adds. */
export interface BrokerValues {
  readonly brokerAddress?: string[];
  readonly brokerProtocol?: (typeof PROTOCOLS)[number];
  readonly brokerMechanism?: (typeof MECHANISMS)[number];
  readonly brokerUsername?: string;
  /** Content of the variable, or of the file that it names. */
  readonly brokerPasswordEnvVar?: string;
  readonly brokerCa?: PemFile;
}

/** Adds the options for a Kafka of the user's own. It replaces the Portal. */
export const addBrokerOptions = (command: Command, io: Io): Command =>
  command
    .option('--broker-address <list>', 'brokers of your own, in place of the Portal', brokerList)
    .addOption(
      new Option(
        '--broker-protocol <name>',
        'default: PLAINTEXT, SSL with --broker-ca, SASL_SSL with --broker-username',
      ).choices(PROTOCOLS),
    )
    .addOption(
      new Option('--broker-mechanism <name>', 'default: SCRAM-SHA-512').choices(MECHANISMS),
    )
    .option('--broker-username <name>', 'user name at your brokers')
    .option(
      '--broker-password-env-var <name>',
      'variable X that holds the password, or X_FILE its path',
      variableContent(io),
    )
    .option(
      '--broker-ca <file>',
      'read the CA certificate (PEM) of your brokers from this file',
      certificate(io.cwd),
    );

/** Converts the values to the option `brokerAddress` of a client. */
export function toBrokerAddress(values: BrokerValues): string | BrokerAddress | undefined {
  const { brokerAddress: brokers, brokerUsername: username, brokerCa } = values;
  const { brokerPasswordEnvVar: password, brokerMechanism, brokerProtocol } = values;
  const others = [brokerProtocol, brokerMechanism, username, password, brokerCa];
  if (others.every((value) => value === undefined)) return brokers?.join(',');
  if (!brokers) throw new UsageError('The options --broker-… need --broker-address.');
  if ((username === undefined) !== (password === undefined)) {
    throw new UsageError('--broker-username and --broker-password-env-var need each other.');
  }
  if (brokerMechanism !== undefined && username === undefined) {
    throw new UsageError('--broker-mechanism needs --broker-username.');
  }
  const usual = username === undefined ? (brokerCa ? 'SSL' : 'PLAINTEXT') : 'SASL_SSL';
  const securityProtocol = brokerProtocol ?? usual;
  if (securityProtocol.startsWith('SASL') !== (username !== undefined)) {
    throw new UsageError(
      '--broker-username needs the protocol SASL_SSL or SASL_PLAINTEXT, and these need --broker-username.',
    );
  }
  if (brokerCa && !securityProtocol.endsWith('SSL')) {
    throw new UsageError('--broker-ca needs the protocol SSL or SASL_SSL.');
  }
  const mechanism = brokerMechanism ?? 'SCRAM-SHA-512';
  return {
    brokers,
    securityProtocol,
    ...(username !== undefined && { sasl: { mechanism, username, password: password ?? '' } }),
    ca: brokerCa?.pem,
  };
}
