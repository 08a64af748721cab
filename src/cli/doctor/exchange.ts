import { X509Certificate } from 'node:crypto';
import {
  QuixError,
  type BrokerCredentials,
  type QuixStreamingClient,
  type QuixWarning,
} from 'quix-streams-auth';
import { sourceName } from '../token-lookup.ts';
import type { Checkup, Finding } from './checkup.ts';
import { day } from './network.ts';

/** Returns whether the Portal must have accepted the token before it sent this error. */
function provesToken(error: unknown): boolean {
  if (!(error instanceof QuixError)) return false;
  const { code, status = 0 } = error;
  if (code === 'QUIX_BAD_RESPONSE') return status < 300;
  return code === 'QUIX_FORBIDDEN' || code.startsWith('QUIX_WORKSPACE_');
}

function describeCredentials(credentials: BrokerCredentials): string {
  const { brokers, securityProtocol, sasl, ca } = credentials;
  const authority = ca
    ? `a private certificate authority until ${day(new Date(new X509Certificate(ca).validTo))}`
    : 'the default certificate authorities';
  const login = sasl && `${sasl.mechanism} as ${sasl.username}`;
  const parts = [securityProtocol, login, securityProtocol.endsWith('SSL') && authority];
  return `${parts.filter(Boolean).join(', ')}; ${brokers.join(', ')}`;
}

/** Valid settings. There is no client if the token is missing or invalid. */
export interface Settings extends Finding {
  readonly quix?: QuixStreamingClient;
}

/** A client, and its credentials for the brokers. */
export interface Connected extends Finding {
  readonly quix: QuixStreamingClient;
  readonly credentials: BrokerCredentials;
}

/** Checks the token and the environment with getWorkspace(), and then the broker settings. */
export function checkExchange(
  checkup: Checkup,
  needs: readonly [Promise<Settings>, ...Promise<unknown>[]],
): Promise<Connected> {
  const accepted = checkup.run(['Portal', 'token-accepted', 'Token accepted'], async () => {
    const [{ quix }] = await Promise.all(needs);
    if (!quix) throw new Error('The client could not be created.');
    const warnings: QuixWarning[] = [];
    quix.on('warning', (warning) => warnings.push(warning));
    const workspace = quix.getWorkspace();
    await workspace.catch((error: unknown) => {
      if (!provesToken(error)) throw error;
    });
    const source = sourceName(quix.describe().token?.source ?? 'no source');
    return { detail: `the Portal accepted the token in ${source}`, quix, workspace, warnings };
  });
  let isUnreadable = false;
  const described = checkup.run(['Portal', 'workspace', 'Environment'], async () => {
    const { workspace, warnings } = await accepted;
    try {
      const { id, name, status, brokerType } = await workspace;
      return { detail: `${id} ("${name}"), ${status}, ${brokerType}`, warnings };
    } catch (error) {
      isUnreadable = error instanceof QuixError && error.code === 'QUIX_BAD_RESPONSE';
      throw error;
    }
  });
  return checkup.run(['Portal', 'broker-settings', 'Broker settings'], async () => {
    const { quix, warnings } = await accepted;
    // The broker settings do not depend on the description of the environment.
    if (!isUnreadable) await described;
    const credentials = await quix.getBrokerCredentials();
    return { detail: describeCredentials(credentials), quix, credentials, warnings };
  });
}
