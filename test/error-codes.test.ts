import { readFileSync } from 'node:fs';
import { Kafka, logLevel } from 'kafkajs';
import { QuixStreamingClient, type QuixErrorCode } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import type { PortalEmulatorOptions, PortalFault } from 'quix-streams-auth/testing';
import { describe, expect, it, vi } from 'vitest';
import { createSelfSigned } from './support/certificates.ts';
import { errorOf, errorThrown } from './support/errors.ts';
import { randomSecret } from './support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from './support/portal-clients.ts';
import { answer, startServer } from './support/scripted-server.ts';

closeAfterEach();

const WORKSPACE = 'org-project-dev';
const TWO = { workspaces: [{ workspaceId: WORKSPACE }, { workspaceId: 'org-project-prod' }] };

type Failure = ReturnType<typeof errorOf>;

/** Returns the error of the first call when each response has this fault. */
async function failureWith(fault: PortalFault, timeoutMs = 10_000): Failure {
  const portal = await startPortal();
  portal.faults.push({ times: Infinity, ...fault });
  return errorOf(makeClient(portal, { timeoutMs }).getBrokerCredentials());
}

/** Returns the error of the first call with a Personal Access Token that can see these workspaces. */
async function failureOfToken(
  workspaces: readonly string[],
  options?: PortalEmulatorOptions,
  workspaceId?: string,
): Failure {
  const portal = await startPortal(options);
  const token = portal.addToken({ workspaces });
  return errorOf(makeClient(portal, { token, workspaceId }).getBrokerCredentials());
}

/** Returns the error of `getTopic()`. */
async function failureOfTopic(name: string, options: PortalEmulatorOptions = {}): Failure {
  const portal = await startPortal(options);
  return errorOf(makeClient(portal).getTopic(name, { create: false }));
}

/** One way to cause each error through the public API. A code without an entry is a compile error. */
const REACHED: Readonly<Record<QuixErrorCode, () => Failure>> = {
  QUIX_TOKEN_MISSING: () =>
    Promise.resolve(errorThrown(() => new QuixStreamingClient({ env: {} }))),
  QUIX_TOKEN_INVALID: () =>
    Promise.resolve(errorThrown(() => new QuixStreamingClient(`${randomSecret()}\u2026`))),
  QUIX_TOKEN_SOURCE_FAILED: async () => {
    const portal = await startPortal();
    const token = (): never => {
      throw new Error('The vault is not available.');
    };
    return errorOf(makeClient(portal, { token }).getBrokerCredentials());
  },
  QUIX_TOKEN_REJECTED: async () => {
    const portal = await startPortal();
    portal.revokeToken(portal.token1);
    return errorOf(makeClient(portal).getBrokerCredentials());
  },
  QUIX_FORBIDDEN: () => failureOfToken([WORKSPACE], TWO, 'org-project-prod'),
  QUIX_WORKSPACE_NOT_FOUND: () => failureOfToken([WORKSPACE], {}, 'org-project-dve'),
  QUIX_WORKSPACE_AMBIGUOUS: () => failureOfToken([WORKSPACE, 'org-project-prod'], TWO),
  QUIX_WORKSPACE_NONE: () => failureOfToken([]),
  QUIX_WORKSPACE_CHANGED: async () => {
    const portal = await startPortal(TWO);
    const client = makeClient(portal);
    await client.getBrokerCredentials();
    const other = portal.addToken({ workspaces: ['org-project-prod'] });
    return errorOf(client.rotateToken(other));
  },
  QUIX_PORTAL_UNAVAILABLE: () => failureWith({ status: 503 }, 1_000),
  QUIX_PORTAL_TLS: async () => {
    const { origin } = await startServer(answer(200), await createSelfSigned(['127.0.0.1']));
    return errorOf(new QuixStreamingClient(randomSecret(), { portalApi: origin }).getWorkspace());
  },
  QUIX_PORTAL_REDIRECT: () =>
    failureWith({ status: 302, headers: { location: 'https://portal.example/sign-in' } }),
  QUIX_BAD_RESPONSE: () =>
    failureWith({ body: '<html>', headers: { 'content-type': 'text/html' } }),
  QUIX_CREDENTIALS_REFUSED: async () => {
    const client = makeClient(await startPortal());
    for (let refusal = 0; refusal < 2; refusal++) {
      client.invalidate(await client.getBrokerCredentials());
    }
    return errorOf(client.getBrokerCredentials());
  },
  QUIX_UNSUPPORTED: async () => {
    const portal = await startPortal({ broker: { sasl: { mechanism: 'GSSAPI' } } });
    const config = kafkaJSConfig(makeClient(portal), { logLevel: logLevel.NOTHING });
    const { brokers } = config;
    if (typeof brokers !== 'function') throw new Error('The brokers are not a function.');
    // kafkajs keeps only the message of the error.
    await expect(new Kafka(config).producer().connect()).rejects.toThrow(/GSSAPI/);
    return errorOf(Promise.resolve(brokers()));
  },
  QUIX_TOPIC_NOT_FOUND: () => failureOfTopic('f1-dta', { topics: ['f1-data'] }),
  QUIX_TOPIC_FAILED: () =>
    failureOfTopic('f1-data', { topics: [{ name: 'f1-data', status: 'Error' }] }),
  QUIX_TOPIC_TIMEOUT: async () => {
    const portal = await startPortal({ topics: [{ name: 'slow', status: 'Creating' }] });
    const failure = errorOf(makeClient(portal).getTopic('slow'));
    await vi.waitUntil(() => portal.requests.some(({ path }) => path.endsWith('/topics/slow')));
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 60_000);
    return failure;
  },
  QUIX_CONFIG: () =>
    Promise.resolve(errorThrown(() => new QuixStreamingClient(randomSecret(), { timeoutMs: -1 }))),
  QUIX_CLIENT_CLOSED: async () => {
    const client = makeClient(await startPortal());
    await client.close();
    return errorOf(client.getBrokerCredentials());
  },
};

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const codes = Object.keys(REACHED).sort();

describe('each error code', () => {
  it.each(Object.entries(REACHED))('%s is reachable and has a hint', async (code, reach) => {
    const error = await reach();
    expect(error.code, error.message).toBe(code);
    expect(error.hint, error.message).toMatch(/\w/);
  });

  it('has one row in the table of the README, with a meaning and a remedy of its own', () => {
    const rows = [...readme.matchAll(/^\| `(QUIX_\w+)` *\|([^|]*)\|([^|]*)\|$/gm)].map((row) =>
      row.slice(1).map((cell) => cell.trim()),
    );
    expect(rows.map(([code]) => code).sort()).toEqual(codes);
    for (const column of [1, 2]) {
      const cells = rows.map((row) => row[column]);
      expect(cells).not.toContain('');
      expect(new Set(cells).size, `column ${column}`).toBe(codes.length);
    }
  });
});
