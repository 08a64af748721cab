import { randomBytes } from 'node:crypto';
import { QuixError } from '../errors.ts';

/** Which token a request came with. */
export type PortalTokenLabel = 'token1' | 'token2' | 'pat' | 'deactivated' | 'unknown';

/** What a token may do in the workspaces that it sees; `All` is each of the others. */
export type PortalPermission = 'Create' | 'Read' | 'Update' | 'Delete' | 'Write' | 'All';

/**
 * A token to add, as a Personal Access Token is: it may see several workspaces, or none.
 *
 * @example
 * ```ts
 * import { startPortalEmulator } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator();
 * const reader = portal.addToken({ permissions: ['Read'] });
 * const blind = portal.addToken({ workspaces: [] });
 * portal.revokeToken(reader); // 401 from now on
 * ```
 */
export interface PortalTokenOptions {
  /** Ids of the workspaces that it sees. Default: each that the emulator has when it is asked. */
  readonly workspaces?: readonly string[];
  /** What it may do there. Default: `['All']`. */
  readonly permissions?: readonly PortalPermission[];
  /** The token's text, without white space. Default: `pat-` and 32 random hex digits. */
  readonly token?: string;
}

/** The two streaming tokens of a workspace. */
export interface PortalTokenPair {
  /** The one that Quix gives to deployments. */
  readonly token1: string;
  /** The one that becomes Token 1 with the next rotation. */
  readonly token2: string;
}

/** Who sends a request, and what that one may do. */
export interface Caller {
  /** Undefined when the request has no bearer token. */
  readonly label: PortalTokenLabel | undefined;
  readonly isAuthorized: boolean;
  may(permission: PortalPermission, workspaceId: string): boolean;
}

const createToken = (prefix: string): string => prefix + randomBytes(16).toString('hex');
const createStreamingToken = (): string => createToken('sdk-');

/** The tokens of one emulator. Those that it made are random: none outlives its test. */
export class TokenRegistry {
  readonly #workspaceId: string;
  readonly #added = new Map<string, PortalTokenOptions>();
  readonly #deactivated = new Set<string>();
  #pair: PortalTokenPair;

  /** @param workspaceId the one workspace that the streaming tokens see */
  constructor(
    workspaceId: string,
    tokens: { readonly [label in keyof PortalTokenPair]?: string | undefined } = {},
  ) {
    this.#workspaceId = workspaceId;
    const { token1 = createStreamingToken(), token2 = createStreamingToken() } = tokens;
    this.#pair = { token1, token2 };
  }

  get pair(): PortalTokenPair {
    return this.#pair;
  }

  rotate(): PortalTokenPair {
    this.#deactivated.add(this.#pair.token1);
    return (this.#pair = { token1: this.#pair.token2, token2: createStreamingToken() });
  }

  add(options: PortalTokenOptions): string {
    const { token = createToken('pat-') } = options;
    if (!/^\S+$/.test(token)) {
      throw new QuixError('QUIX_CONFIG', 'The option "token" is empty or has white space in it.', {
        hint: 'Leave it out for a random one.',
      });
    }
    this.#deactivated.delete(token);
    this.#added.set(token, options);
    return token;
  }

  revoke(token: string): void {
    this.#deactivated.add(token);
  }

  /** Every token that is or was one. */
  get all(): string[] {
    return [
      ...Object.values<string>({ ...this.#pair }),
      ...this.#added.keys(),
      ...this.#deactivated,
    ];
  }

  identify(token: string | undefined): Caller {
    const label = token === undefined ? undefined : this.#label(token);
    if (
      token === undefined ||
      label === undefined ||
      label === 'deactivated' ||
      label === 'unknown'
    )
      return { label, isAuthorized: false, may: () => false };
    const { workspaces, permissions = ['All'] } =
      this.#added.get(token) ?? ({ workspaces: [this.#workspaceId] } satisfies PortalTokenOptions);
    return {
      label,
      isAuthorized: true,
      may: (permission, workspaceId) =>
        (workspaces?.includes(workspaceId) ?? true) &&
        (permissions.includes('All') || permissions.includes(permission)),
    };
  }

  #label(token: string): PortalTokenLabel {
    if (this.#deactivated.has(token)) return 'deactivated';
    if (token === this.#pair.token1) return 'token1';
    if (token === this.#pair.token2) return 'token2';
    return this.#added.has(token) ? 'pat' : 'unknown';
  }
}
