import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import v8 from 'node:v8';
import { describe, expect, it } from 'vitest';
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
    'are printed by util.inspect only for credentials, and only if it calls getters, as docs/security.md describes',
    { meta: { faults: [87] } },
    async () => {
      const { portal, client, credentials, secrets } = await readyClient();
      const config = kafkaJSConfig(client);
      if (typeof config.brokers === 'function') await config.brokers();
      portal.revokeToken(portal.token1);
      portal.revokeToken(portal.token2);
      const error = await errorOf(client.getBrokerCredentials({ forceRefresh: true }));
      const settings = { customInspect: false, showHidden: true, getters: true };
      const print = (value: unknown, options: object): string =>
        inspect(value, { ...options, depth: Infinity, maxStringLength: Infinity });
      for (const value of [client, client.describe(), config, error])
        expectNoLeak(print(value, settings), secrets);
      const [, , password = ''] = secrets;
      expect(print(credentials, settings)).toContain(password);
      for (const name of ['customInspect', 'showHidden', 'getters'] as const)
        expectNoLeak(print(credentials, { ...settings, [name]: !settings[name] }), secrets);
    },
  );
});
