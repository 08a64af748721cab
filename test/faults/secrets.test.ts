import { Console } from 'node:console';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import v8 from 'node:v8';
import { describe, expect, it, onTestFinished } from 'vitest';
import { QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { errorOf } from '../support/errors.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { answer, startServer } from '../support/scripted-server.ts';
import { clientOf } from './scripted-portal.ts';

closeAfterEach();

/** Creates a client, exchanges its token, and returns the client with its secrets. */
async function readyClient() {
  const portal = await startPortal();
  const password = randomSecret('pw-');
  portal.setBroker({ sasl: { password } });
  const client = makeClient(portal, { fallbackToken: portal.token2 });
  const credentials = await client.getBrokerCredentials();
  return { portal, client, credentials, secrets: [portal.token1, portal.token2, password] };
}

describe('secrets', () => {
  it(
    'are not printed by console.log and inspect for a client, its credentials, a config or an error',
    { meta: { faults: [87] } },
    async () => {
      const { portal, client, credentials, secrets } = await readyClient();
      const config = kafkaJSConfig(client);
      if (typeof config.brokers === 'function') await config.brokers();
      portal.revokeToken(portal.token1);
      portal.revokeToken(portal.token2);
      const error = await errorOf(client.getBrokerCredentials({ forceRefresh: true }));
      const printed: string[] = [];
      const console = new Console(
        new Writable({
          write: (text, _encoding, done) => {
            printed.push(String(text));
            done();
          },
        }),
      );
      const everything = [client, credentials, client.describe(), config, error];
      for (const value of everything) {
        console.log(value);
        console.log('%o', value); // includes hidden properties
        console.dir(value, { depth: Infinity, showHidden: true }); // ignores custom inspection
      }
      expect(printed).toHaveLength(3 * everything.length);
      expectNoLeak(printed, secrets);
      for (const value of everything) expectNoLeak(value, secrets);
    },
  );

  it(
    'are absent from JSON, templates, spreads, clones and serialised credentials, but available from getters',
    { meta: { faults: [88] } },
    async () => {
      const { client, credentials, secrets } = await readyClient();
      for (const value of [client, credentials]) expectNoLeak(value, secrets);
      expectNoLeak(v8.serialize(credentials).toString('latin1'), secrets);
      expect(credentials.sasl?.password).toBe(secrets[2]);
    },
  );

  it.each([
    [401, {}],
    [403, { message: 'no' }],
    [404, 'nothing'],
    [500, { error: 'x' }],
  ])(
    'are absent from the error after status %i, its causes and its stack',
    { meta: { faults: [89] } },
    async (status, body) => {
      const server = await startServer(answer(status, body));
      const token = randomSecret();
      const client = clientOf(server.origin, { token, timeoutMs: 300 });
      const error = await errorOf(client.getBrokerCredentials());
      expectNoLeak(error, [token]);
      expect(server.heads[0]).toContain(token);
    },
  );

  it.each(['\r\n', '\u0000', 'é', '\u200b'])(
    'are not quoted by an HTTP library, because a token with %j is rejected first',
    { meta: { faults: [90] } },
    (harm) => {
      const token = randomSecret();
      let error: unknown;
      try {
        new QuixStreamingClient({ token: `${token}${harm}${token}`, env: {} });
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({ code: 'QUIX_TOKEN_INVALID' });
      expectNoLeak(error, [token]);
    },
  );

  it(
    'appear on the diagnostics channel of undici, as docs/security.md says',
    { meta: { faults: [92] } },
    async () => {
      const portal = await startPortal();
      const client = makeClient(portal);
      const seen: string[] = [];
      const name = 'undici:request:create';
      const listen = (message: unknown): void => {
        seen.push(String((message as { request: { headers: unknown } }).request.headers));
      };
      subscribe(name, listen);
      onTestFinished(() => {
        unsubscribe(name, listen);
      });
      await client.getBrokerCredentials();
      expect(seen.join()).toContain(portal.token1);
      const policy = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
      expect(policy).toContain(name);
    },
  );
});
