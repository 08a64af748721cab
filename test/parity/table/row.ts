import type { PortalEmulatorOptions, PortalFault } from 'quix-streams-auth/testing';
import type { Input } from '../official-client.ts';
import type { Call } from '../our-client.ts';

/** A situation in which both clients make the same call. */
export interface Row {
  readonly title: string;
  /** The test of the official client that contains this situation. */
  readonly upstream?: string;
  readonly call: Call;
  /** State of the Portal. If it is absent, see {@link usesCommand}. */
  readonly portal?: PortalEmulatorOptions;
  /** Faults of the Portal. */
  readonly faults?: readonly PortalFault[];
  /**
   * A personal access token sees all environments, the streaming token sees the first one. Default:
   * the streaming token.
   */
  readonly token?: 'personal' | 'read-only' | 'without environments' | 'unknown' | 'none';
  /** Whether the token, the URL and the environment are variables. Default: they are arguments. */
  readonly inVariables?: true;
  /** Text to add to the Portal URL. */
  readonly urlSuffix?: string;
  /** Text to add to the token. */
  readonly tokenSuffix?: string;
  /** Input besides the token and the URL of the Portal, or in their place. */
  readonly input?: Input;
  /** Properties of the result to compare. Default: all. */
  readonly properties?: readonly string[];
  /** Compares the values of this request header that the Portal received, not the result. */
  readonly header?: string;
  /** Text of the Portal to look for in an error message. */
  readonly mentions?: string;
  /** Set if the results differ, or if one of two errors is better. */
  readonly difference?: { readonly verdict: 'better' | 'different'; readonly reason: string };
}

/**
 * Returns whether the Portal is the command `quix-auth emulate` with the topic `f1-data`, in a process
 * of its own. The command has no options for faults, several environments and other tokens.
 */
export const usesCommand = ({ portal, faults, header, token = 'unknown' }: Row): boolean =>
  !portal && !faults && header === undefined && ['unknown', 'none'].includes(token);

/** A part of the table. */
export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}
