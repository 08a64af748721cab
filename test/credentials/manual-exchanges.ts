import { QuixError } from 'quix-streams-auth';
import type { BrokerSettings } from '../../src/credentials/broker-credentials.ts';
import {
  CredentialCache,
  type CredentialCacheOptions,
} from '../../src/credentials/credential-cache.ts';
import type { Rotation } from '../../src/credentials/credential-exchange.ts';
import { valueSource } from '../../src/token/index.ts';

/** Returns broker settings that differ only in their password. */
export function settingsWith(password: string): BrokerSettings {
  return {
    workspaceId: 'org-project-dev',
    brokers: ['localhost:9093'],
    securityProtocol: 'SASL_SSL',
    sasl: { mechanism: 'PLAIN', username: 'user', password },
  };
}

/** Returns the error of a Portal that is unavailable, with its Retry-After in milliseconds. */
export const unavailable = (retryAfterMs?: number): QuixError =>
  new QuixError('QUIX_PORTAL_UNAVAILABLE', 'The Portal returned 503.', {
    retryable: true,
    retryAfterMs,
  });

/** A rotation to some other token. */
export const rotation: Rotation = {
  source: valueSource('sdk-next', 'rotateToken'),
  signal: undefined,
};

/** An exchange that a test settles. */
interface ManualExchange {
  /** The options that the cache passed to the exchange. */
  readonly rotation: Rotation | undefined;
  readonly isUrgent: boolean | undefined;
  /** Resolves to settings with this password. */
  readonly resolve: (password: string) => void;
  readonly reject: (error: unknown) => void;
}

/** A cache, the exchanges that it started, and what it reported to its observer. */
export interface ManualCache {
  readonly cache: CredentialCache;
  readonly exchanges: readonly ManualExchange[];
  /** Passwords of the new credentials and of the previous ones, for each change. */
  readonly changes: readonly (readonly [string, string | undefined])[];
  /** Codes of the failures that were reported while credentials were cached. */
  readonly failures: readonly string[];
  /** Resolves an exchange, counted from 0, to settings with this password. */
  readonly resolve: (index: number, password: string) => void;
  readonly reject: (index: number, error: unknown) => void;
  /** Calls `get()`, resolves the exchange that it started, and returns the password it got. */
  readonly exchange: (password: string) => Promise<string | undefined>;
}

/** Creates a cache with exchanges that the test settles. */
export function makeCache(options: Partial<CredentialCacheOptions> = {}): ManualCache {
  const exchanges: ManualExchange[] = [];
  const changes: [string, string | undefined][] = [];
  const failures: string[] = [];
  const cache = new CredentialCache({
    exchange: {
      run: (options) =>
        new Promise((resolve, reject) => {
          exchanges.push({
            rotation: options?.rotation,
            isUrgent: options?.isUrgent,
            resolve: (password) => {
              resolve(settingsWith(password));
            },
            reject,
          });
        }),
    },
    maxAgeMs: undefined,
    observer: {
      credentialsChanged: ({ sasl }, previous) => {
        changes.push([sasl?.password ?? '', previous?.sasl?.password]);
      },
      refreshFailed: ({ code }) => failures.push(code),
    },
    ...options,
  });
  const exchangeAt = (index: number): ManualExchange => {
    const exchange = exchanges[index];
    if (!exchange) throw new Error(`Exchange ${index} was not started.`);
    return exchange;
  };
  return {
    cache,
    exchanges,
    changes,
    failures,
    resolve: (index, password) => {
      exchangeAt(index).resolve(password);
    },
    reject: (index, error) => {
      exchangeAt(index).reject(error);
    },
    async exchange(password) {
      const { length } = exchanges;
      const call = cache.get(true);
      exchangeAt(length).resolve(password);
      return (await call).sasl?.password;
    },
  };
}
