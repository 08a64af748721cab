import {
  startPortalEmulator,
  type PortalEmulator,
  type PortalEmulatorOptions,
  type PortalFault,
  type PortalTokenOptions,
} from 'quix-streams-auth/testing';
import { isRecord } from './compare.ts';
import type { EmulateCommand, OfficialClient } from './processes.ts';
import {
  runThisPackage,
  type Call,
  type Input,
  type Outcome,
  type RunCalls,
} from './this-package.ts';

/** State of the Portal and input of both clients. */
export interface Case {
  /**
   * State of the Portal. Default: the state of the command `quix-auth emulate`, which has the topic
   * `f1-data`. The command has no options for faults, several environments and other tokens.
   */
  readonly portal?: PortalEmulatorOptions;
  /** Faults of the Portal. Both clients must meet all of them. */
  readonly faults?: readonly PortalFault[];
  /**
   * A personal access token sees all environments, the streaming token sees the first one. Default:
   * the streaming token.
   */
  readonly token?: 'streaming' | 'personal' | 'read-only' | 'no-access' | 'unknown' | 'none';
  /** Further input. Replaces the token or the Portal URL if it contains them. */
  readonly input?: Input | ((portal: { readonly url: string; readonly token1: string }) => Input);
  /** Returns what is compared. Default: the value that a call returned. */
  readonly observe?: (portal: PortalEmulator, value: unknown) => unknown;
}

export type Results = Awaited<ReturnType<RunCalls>>;

function inputOf(
  { token = 'streaming', input }: Case,
  portal: PortalEmulator | EmulateCommand,
): Input {
  const addToken = (options?: PortalTokenOptions): string => {
    if ('addToken' in portal) return portal.addToken(options);
    throw new Error('The command has no option for this token.');
  };
  const tokens = {
    streaming: () => portal.token1,
    personal: () => addToken(),
    'read-only': () => addToken({ permissions: ['Read'] }),
    'no-access': () => addToken({ workspaces: [] }),
    unknown: () => 'pat-of-somebody-else',
    none: () => undefined,
  };
  const further = typeof input === 'function' ? input(portal) : input;
  return { token: tokens[token](), portalApi: portal.url, ...further };
}

/** librdkafka accepts both names of the mechanism, and protocols in upper and lower case. */
function normalize(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, each]) => [
    key === 'sasl.mechanisms' ? 'sasl.mechanism' : key,
    key === 'security.protocol' ? String(each).toLowerCase() : each,
  ]);
  return Object.fromEntries(entries) as unknown;
}

async function runClient(
  run: RunCalls,
  each: Case,
  calls: readonly Call[],
  command: EmulateCommand | undefined,
): Promise<Results> {
  const finish = (results: Results, observe = (value: unknown): unknown => value): Results =>
    Object.fromEntries(
      Object.entries(results).map(([call, outcome]: [string, Outcome]) =>
        outcome.error === undefined
          ? [call, { value: normalize(observe(outcome.value)) }]
          : [call, outcome],
      ),
    );
  if (!each.portal) {
    if (!command) throw new Error('The case has no state of the Portal.');
    return finish(await run(inputOf(each, command), calls));
  }
  await using portal = await startPortalEmulator(each.portal);
  portal.faults.push(...(each.faults ?? []));
  const results = await run(inputOf(each, portal), calls);
  if (portal.faults.length > 0) throw new Error('A client did not send the request of a fault.');
  return finish(results, (value) => (each.observe ? each.observe(portal, value) : value));
}

/** Makes the calls with both clients. Each client has its own Portal, because both create topics. */
export async function runCase(
  official: OfficialClient,
  each: Case,
  calls: readonly Call[],
  commands: readonly EmulateCommand[] = [],
): Promise<readonly [official: Results, thisPackage: Results]> {
  return await Promise.all([
    runClient(official.run, each, calls, commands[0]),
    runClient(runThisPackage, each, calls, commands[1]),
  ]);
}
