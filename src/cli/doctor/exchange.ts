import { X509Certificate } from 'node:crypto';
import {
  QuixError,
  type BrokerCredentials,
  type QuixStreamingClient,
  type QuixWarning,
} from 'quix-streams-auth';
import { sourceName } from '../token-lookup.ts';
import type { Checkup } from './checkup.ts';
import { day } from './network.ts';
import { STEPS } from './steps.ts';

/** Whether the Portal accepted the token before it responded with this error. */
const isAboutWorkspace = ({ code, status = 0 }: QuixError): boolean =>
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

/** Checks the token and the environment with one request, and then the broker settings. */
export async function checkExchange(
  checkup: Checkup,
  quix: QuixStreamingClient,
): Promise<BrokerCredentials | undefined> {
  const warnings: QuixWarning[] = [];
  quix.on('warning', (warning) => warnings.push(warning));
  const request = quix.getWorkspace();
  let fault: QuixError | undefined;
  await checkup.run(STEPS.accepted, [], async () => {
    try {
      await request;
    } catch (error) {
      if (!(error instanceof QuixError && isAboutWorkspace(error))) throw error;
      fault = error;
    }
    const source = quix.describe().token?.source ?? 'no source';
    return { detail: `the Portal accepted the token in ${sourceName(source)}` };
  });
  await checkup.run(STEPS.workspace, [STEPS.accepted], async () => {
    const { id, name, status, brokerType } = await request;
    return { detail: `${id} ("${name}"), ${status}, ${brokerType}`, warnings };
  });
  // The broker settings do not depend on the description of the environment.
  const needs = fault?.code === 'QUIX_BAD_RESPONSE' ? [] : [STEPS.workspace];
  const found = await checkup.run(STEPS.brokerSettings, needs, async () => {
    const credentials = await quix.getBrokerCredentials();
    return { credentials, detail: describeCredentials(credentials), warnings };
  });
  return found?.credentials;
}
