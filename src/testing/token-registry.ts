import { randomBytes } from 'node:crypto';
import { QuixError } from 'quix-streams-auth';

/**
 * The token of a recorded request: Token 1, Token 2, a token added with `addToken()`, a token that
 * was rotated out or revoked, or any other text.
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
 * A permission of a token in its workspaces. `All` includes the others.
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
 * A token to add, comparable to a Personal Access Token. It can see several workspaces, or none.
 *
 * @example
 * ```ts
 * import { startPortalEmulator, type PortalTokenOptions } from 'quix-streams-auth/testing';
 *
 * const readOnly: PortalTokenOptions = { permissions: ['Read'] };
 * const portal = await startPortalEmulator();
 * const token = portal.addToken(readOnly);
 * portal.addToken({ workspaces: [], token: 'sees-no-workspace' });
 * portal.revokeToken(token); // 401 from now on
 * ```
 */
export interface PortalTokenOptions {
  /** Ids of the workspaces that the token sees. Default: all, including those added later. */
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
  /** The token that Quix sets in the environment of deployments. */
  readonly token1: string;
  /** The token that the next rotation turns into Token 1. */
  readonly token2: string;
}

/** The sender of a request and its rights. */
export interface Caller {
  /** Undefined if the request has no bearer token. */
  readonly label: PortalTokenLabel | undefined;
  readonly isAuthorized: boolean;
  may(permission: PortalPermission, workspaceId: string): boolean;
}

/** Streaming tokens to start with. An undefined one is random. */
interface InitialTokens {
  readonly token1?: string | undefined;
  readonly token2?: string | undefined;
}

const createToken = (prefix: string): string => prefix + randomBytes(16).toString('hex');
const createStreamingToken = (): string => createToken('sdk-');

/** The tokens of one emulator. */
export class TokenRegistry {
  readonly #workspaceId: string;
  readonly #added = new Map<string, PortalTokenOptions>();
  readonly #deactivated = new Set<string>();
  #pair: PortalTokenPair;

  /**
   * @param workspaceId The only workspace that the streaming tokens see.
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

  get pair(): PortalTokenPair {
    return this.#pair;
  }

  rotate(): PortalTokenPair {
    this.#deactivated.add(this.#pair.token1);
    return (this.#pair = { token1: this.#pair.token2, token2: createStreamingToken() });
  }

  add(options: PortalTokenOptions): string {
    const { token = createToken('pat-') } = options;
    assertToken(token, 'token');
    this.#deactivated.delete(token);
    this.#added.set(token, options);
    return token;
  }

  revoke(token: string): void {
    this.#deactivated.add(token);
  }

  /** Every token that is active or was active. */
  get all(): string[] {
    const { token1, token2 } = this.#pair;
    return [token1, token2, ...this.#added.keys(), ...this.#deactivated];
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

/** Throws `QUIX_CONFIG` for a blank token or one with white space. The message omits the token. */
function assertToken(token: string, option: string): void {
  if (/^\S+$/.test(token)) return;
  throw new QuixError('QUIX_CONFIG', `The option "${option}" is empty or contains white space.`, {
    hint: 'Omit it to get a random token.',
  });
}
