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
import { clientOf } from './portal-of-faults.ts';

closeAfterEach();

/** A client that has exchanged its token, and the secrets that it holds. */
async function readyClient() {
  const portal = await startPortal();
  const password = randomSecret('pw-');
  portal.setBroker({ sasl: { password } });
  const client = makeClient(portal, { fallbackToken: portal.token2 });
  const credentials = await client.getBrokerCredentials();
  return { portal, client, credentials, secrets: [portal.token1, portal.token2, password] };
}

describe('neither token nor password is found', () => {
  it('fault 87: in what console.log and inspect print of a client, its credentials, a config and an error', async () => {
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
      console.log('%o', value); // hidden properties too
      console.dir(value, { depth: Infinity, showHidden: true }); // without custom inspection
    }
    expect(printed).toHaveLength(3 * everything.length);
    expectNoLeak(printed, secrets);
    for (const value of everything) expectNoLeak(value, secrets);
  });

  it('fault 88: in JSON, templates, spread, a clone or a serialization of the credentials, and their getters still give them', async () => {
    const { client, credentials, secrets } = await readyClient();
    for (const value of [client, credentials]) expectNoLeak(value, secrets);
    expectNoLeak(v8.serialize(credentials).toString('latin1'), secrets);
    expect(credentials.sasl?.password).toBe(secrets[2]);
  });

  it.each([
    [401, {}],
    [403, { message: 'no' }],
    [404, 'nothing'],
    [500, { error: 'x' }],
  ])('fault 89: in an error after status %i, its causes and its stack', async (status, body) => {
    const server = await startServer(answer(status, body));
    const token = randomSecret();
    const client = clientOf(server.origin, { token, timeoutMs: 300 });
    const error = await errorOf(client.getBrokerCredentials());
    expectNoLeak(error, [token]);
    expect(server.heads[0]).toContain(token);
  });

  it.each(['\r\n', '\u0000', 'é', '\u200b'])(
    'fault 90: in the message that an HTTP library makes of a header it refuses (%j)',
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

  it('fault 92: in documented silence: undici shows headers on its diagnostics channel, as docs/security.md says', async () => {
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
  });
});
