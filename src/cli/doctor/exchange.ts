import { X509Certificate } from 'node:crypto';
import {
  QuixError,
  type BrokerCredentials,
  type QuixStreamingClient,
  type QuixWarning,
} from 'quix-streams-auth';
import { sourceName } from '../token-lookup.ts';
import { step, type Checkup, type Finding } from './checkup.ts';
import { day } from './network.ts';
import type { Settings } from './settings.ts';

const ACCEPTED = step('Portal', 'token-accepted', 'Token accepted');
const WORKSPACE = step('Portal', 'workspace', 'Environment');
const BROKER_SETTINGS = step('Portal', 'broker-settings', 'Broker settings');

/** Whether the Portal accepted the token before it responded with this error. */
const isLater = ({ code, status = 0 }: QuixError): boolean =>
  code === 'QUIX_FORBIDDEN' ||
  code.startsWith('QUIX_WORKSPACE_') ||
  (code === 'QUIX_BAD_RESPONSE' && status < 300);

function describeCredentials(credentials: BrokerCredentials): string {
  const { brokers, securityProtocol, sasl, ca } = credentials;
  const parts: string[] = [securityProtocol];
  if (sasl) parts.push(`${sasl.mechanism} as ${sasl.username}`);
  if (securityProtocol.endsWith('SSL')) {
    parts.push(
      ca === undefined
        ? "the system's certificate authorities"
        : `a private certificate authority until ${day(new Date(new X509Certificate(ca).validTo))}`,
    );
  }
  return `${parts.join(', ')}; ${brokers.join(', ')}`;
}

/** A client, and its credentials for the brokers. */
export interface Connected extends Finding {
  readonly quix: QuixStreamingClient;
  readonly credentials: BrokerCredentials;
}

/** Checks the token and the environment with one request, and then the broker settings. */
export function checkExchange(
  checkup: Checkup,
  needs: readonly [Promise<Settings>, ...Promise<unknown>[]],
): Promise<Connected> {
  const accepted = checkup.run(ACCEPTED, async () => {
    const [{ quix }] = await Promise.all(needs);
    if (!quix) throw new Error('The client could not be created.');
    const warnings: QuixWarning[] = [];
    quix.on('warning', (warning) => warnings.push(warning));
    const workspace = quix.getWorkspace();
    try {
      await workspace;
    } catch (error) {
      if (!(error instanceof QuixError && isLater(error))) throw error;
    }
    const source = sourceName(quix.describe().token?.source ?? 'no source');
    return { detail: `the Portal accepted the token in ${source}`, quix, workspace, warnings };
  });
  let isUnreadable = false;
  const described = checkup.run(WORKSPACE, async () => {
    const { workspace, warnings } = await accepted;
    try {
      const { id, name, status, brokerType } = await workspace;
      return { detail: `${id} ("${name}"), ${status}, ${brokerType}`, warnings };
    } catch (error) {
      isUnreadable = error instanceof QuixError && error.code === 'QUIX_BAD_RESPONSE';
      throw error;
    }
  });
  return checkup.run(BROKER_SETTINGS, async () => {
    const { quix, warnings } = await accepted;
    // The broker settings do not depend on the description of the environment.
    if (!isUnreadable) await described;
    const credentials = await quix.getBrokerCredentials();
    return { detail: describeCredentials(credentials), quix, credentials, warnings };
  });
}
