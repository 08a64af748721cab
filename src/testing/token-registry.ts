import { randomBytes } from 'node:crypto';
import { QuixError } from 'quix-streams-auth';

/**
 * Kind of token in a recorded request.
 *
 * - `token1`, `token2`: the streaming tokens.
 * - `pat`: a token that was added with `addToken()`.
 * - `deactivated`: a token that was deactivated by a rotation or by `revokeToken()`.
 * - `unknown`: any other text.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalTokenLabel } from 'quix-streams-auth/testing';
 *
 * const rejected: PortalTokenLabel[] = ['deactivated', 'unknown'];
 * const portal = await startPortalEmulator();
 * console.log(portal.requests.some(({ token }) => token && rejected.includes(token))); // false
 * ```
 */
export type PortalTokenLabel = 'token1' | 'token2' | 'pat' | 'deactivated' | 'unknown';

/**
 * A permission that a token has in its workspaces. `All` includes all other permissions.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalPermission } from 'quix-streams-auth/testing';
 *
 * const permissions: PortalPermission[] = ['Read', 'Create'];
 * const portal = await startPortalEmulator();
 * console.log(portal.addToken({ permissions }).slice(0, 4)); // pat-
 * ```
 */
export type PortalPermission = 'Create' | 'Read' | 'Update' | 'Delete' | 'Write' | 'All';

/**
 * A token to add. Like a Personal Access Token, it can have access to any number of workspaces.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalTokenOptions } from 'quix-streams-auth/testing';
 *
 * const readOnly: PortalTokenOptions = { permissions: ['Read'] };
 * const portal = await startPortalEmulator();
 * const token = portal.addToken(readOnly);
 * portal.addToken({ workspaces: [], token: 'token-without-access' });
 * portal.revokeToken(token); // 401 from now on
 * ```
 */
export interface PortalTokenOptions {
  /**
   * Ids of the workspaces to which the token has access. Default: all, including those that are
   * added later.
   */
  readonly workspaces?: readonly string[];
  /** Permissions of the token in these workspaces. Default: `['All']`. */
  readonly permissions?: readonly PortalPermission[];
  /** Text of the token, without white space. Default: `pat-` and 32 random hexadecimal digits. */
  readonly token?: string;
}

/**
 * The two streaming tokens of the first workspace.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalTokenPair } from 'quix-streams-auth/testing';
 *
 * const portal = await startPortalEmulator();
 * const before = portal.token2;
 * const after: PortalTokenPair = portal.rotateTokens();
 * console.log(after.token1 === before); // true
 * ```
 */
export interface PortalTokenPair {
  /** The token that Quix passes to deployments in `Quix__Sdk__Token`. */
  readonly token1: string;
  /** The token that becomes Token 1 in the next rotation. */
  readonly token2: string;
}

/** The sender of a request, and the permissions of its token. */
export interface Caller {
  /** Kind of token. `undefined` if the request has no bearer token. */
  readonly label: PortalTokenLabel | undefined;
  /** Whether the token is active. */
  readonly isAuthenticated: boolean;
  /** Returns whether the token has a permission in a workspace. */
  hasPermission(permission: PortalPermission, workspaceId: string): boolean;
}

/** Streaming tokens to start with. A token that is absent gets a random text. */
type InitialTokens = { readonly [Name in keyof PortalTokenPair]?: string | undefined };

const createToken = (prefix: string): string => prefix + randomBytes(16).toString('hex');
const createStreamingToken = (): string => createToken('sdk-');

/** Returns the sender of a request without an active token. */
const unauthenticated = (label: PortalTokenLabel | undefined): Caller => ({
  label,
  isAuthenticated: false,
  hasPermission: () => false,
});

/** All tokens of one emulator, with the workspaces and permissions of each. */
export class TokenRegistry {
  readonly #workspaceId: string;
  readonly #added = new Map<string, PortalTokenOptions>();
  readonly #deactivated = new Set<string>();
  #pair: PortalTokenPair;

  /**
   * @param workspaceId The only workspace to which the streaming tokens have access.
   * @throws QuixError `QUIX_CONFIG` for an initial token that is not valid
   */
  constructor(
    workspaceId: string,
    { token1 = createStreamingToken(), token2 = createStreamingToken() }: InitialTokens = {},
  ) {
    assertToken(token1, 'tokens.token1');
    assertToken(token2, 'tokens.token2');
    if (token1 === token2) {
      throw new QuixError(
        'QUIX_CONFIG',
        'The options "tokens.token1" and "tokens.token2" are the same token.',
        { hint: 'Use two different tokens, as Quix does.' },
      );
    }
    this.#workspaceId = workspaceId;
    this.#pair = { token1, token2 };
  }

  /** The current streaming tokens. */
  get pair(): PortalTokenPair {
    return this.#pair;
  }

  /** Deactivates Token 1, makes Token 2 the new Token 1, and creates a new Token 2. */
  rotate(): PortalTokenPair {
    this.#deactivated.add(this.#pair.token1);
    return (this.#pair = { token1: this.#pair.token2, token2: createStreamingToken() });
  }

  /** Adds a token and returns its text. */
  add(options: PortalTokenOptions): string {
    const { token = createToken('pat-') } = options;
    assertToken(token, 'token');
    this.#deactivated.delete(token);
    this.#added.set(token, options);
    return token;
  }

  /** Deactivates a token. */
  revoke(token: string): void {
    this.#deactivated.add(token);
  }

  /** Every token that is active or was active. */
  get all(): string[] {
    const { token1, token2 } = this.#pair;
    return [token1, token2, ...this.#added.keys(), ...this.#deactivated];
  }

  /** Returns the sender of a request with this bearer token. */
  identify(token: string | undefined): Caller {
    if (token === undefined) return unauthenticated(undefined);
    const label = this.#label(token);
    if (label === 'deactivated' || label === 'unknown') return unauthenticated(label);
    const { workspaces, permissions = ['All'] } =
      this.#added.get(token) ?? ({ workspaces: [this.#workspaceId] } satisfies PortalTokenOptions);
    return {
      label,
      isAuthenticated: true,
      hasPermission: (permission, workspaceId) =>
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

/**
 * Throws `QUIX_CONFIG` for an empty token, or one with white space. The message omits the token.
 */
function assertToken(token: string, option: string): void {
  if (/^\S+$/.test(token)) return;
  throw new QuixError('QUIX_CONFIG', `The option "${option}" is empty or contains white space.`, {
    hint: 'Omit it to get a random token.',
  });
}
