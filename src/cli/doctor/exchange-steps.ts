import { X509Certificate } from 'node:crypto';
import {
  QuixError,
  type BrokerCredentials,
  type QuixStreamingClient,
  type QuixWarning,
} from 'quix-streams-auth';
import type { Checkup, Finding, StepName } from './checkup.ts';
import { day } from './network.ts';

const step = (id: string, title: string): StepName => ({ group: 'Portal', id, title });

const ACCEPTED_STEP = step('token-accepted', 'Token accepted');
const WORKSPACE_STEP = step('workspace', 'Environment');
const SETTINGS_STEP = step('broker-settings', 'Broker settings');

/** Errors of a Portal that has accepted the token. */
const isAboutWorkspace = ({ code, status = 0 }: QuixError): boolean =>
  code === 'QUIX_FORBIDDEN' ||
  code.startsWith('QUIX_WORKSPACE_') ||
  (code === 'QUIX_BAD_RESPONSE' && status < 300);

function describeCredentials(credentials: BrokerCredentials): string {
  const { brokers, securityProtocol, sasl, ca } = credentials;
  const login = sasl ? `, ${sasl.mechanism} as ${sasl.username}` : '';
  const until = ca === undefined ? '' : ` until ${day(new Date(new X509Certificate(ca).validTo))}`;
  const trusts = securityProtocol.endsWith('SSL')
    ? `, ${ca === undefined ? "the system's certificate authorities" : `a private certificate authority${until}`}`
    : '';
  return `${securityProtocol}${login}${trusts}; ${brokers.join(', ')}`;
}

/** Marks the steps of an exchange that cannot be had. */
export function skipExchange(checkup: Checkup, reason: string): void {
  for (const each of [ACCEPTED_STEP, WORKSPACE_STEP, SETTINGS_STEP]) checkup.skip(each, reason);
}

/** Asks the Portal for the workspace and for the broker settings; gives those that there are. */
export async function checkExchange(
  checkup: Checkup,
  quix: QuixStreamingClient,
): Promise<BrokerCredentials | undefined> {
  const warnings: QuixWarning[] = [];
  const collect = (warning: QuixWarning): void => {
    warnings.push(warning);
  };
  quix.on('warning', collect);
  try {
    if (!(await checkWorkspace(checkup, quix, warnings))) {
      checkup.skip(SETTINGS_STEP, 'the Portal gives none without the steps before');
      return undefined;
    }
    const settings = await checkup.run(SETTINGS_STEP, async () => {
      const credentials = await quix.getBrokerCredentials();
      return { credentials, detail: describeCredentials(credentials), warnings };
    });
    return settings?.credentials;
  } finally {
    quix.off('warning', collect);
  }
}

/**
 * One request tells both whether the token is accepted and which workspace it leads to. Resolves to
 * whether the Portal may still give the broker settings.
 */
async function checkWorkspace(
  checkup: Checkup,
  quix: QuixStreamingClient,
  warnings: readonly QuixWarning[],
): Promise<boolean> {
  let finding: Finding | undefined;
  let fault: QuixError | undefined;
  await checkup.run(ACCEPTED_STEP, async () => {
    try {
      const { id, name, status, brokerType } = await quix.getWorkspace();
      finding = { detail: `${id} ("${name}"), ${status}, ${brokerType}`, warnings };
    } catch (error) {
      if (!(error instanceof QuixError && isAboutWorkspace(error))) throw error;
      fault = error;
    }
    const { token } = quix.describe();
    return { detail: `the Portal accepts that of ${token?.source ?? 'none'}` };
  });
  const found = finding;
  if (found) await checkup.run(WORKSPACE_STEP, () => found);
  else if (fault) checkup.fail(WORKSPACE_STEP, fault);
  else checkup.skip(WORKSPACE_STEP, 'the Portal did not say');
  return found !== undefined || fault?.code === 'QUIX_BAD_RESPONSE';
}
