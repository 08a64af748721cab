import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorOf } from '../support/errors.ts';
import { randomSecret } from '../support/leaks.ts';
import { asked, closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { logWarnings } from '../support/warnings.ts';

closeAfterEach();

const VARIABLE = 'Quix__Broker__Address';

/** Creates a client, and records its warnings and the log lines of the level `warn`. */
function create(options: QuixClientOptions) {
  const lines: string[] = [];
  const logger = { warn: (line: string) => void lines.push(line) };
  const client = new QuixStreamingClient({ logger, ...options });
  onTestFinished(() => client.close());
  const warnings = logWarnings();
  client.on('warning', warnings.warn);
  return { client, warnings, lines };
}

describe('a broker address of another machine', { meta: { faults: [62] } }, () => {
  it.each(['kafka.example:9092', 'localhost:9092,10.0.0.5:9092', 'localhost.example:9092'])(
    'causes the warning BROKER_NOT_ENCRYPTED (%s)',
    async (address) => {
      const fromVariable = create({ env: { [VARIABLE]: address } });
      const fromOption = create({ brokerAddress: address, env: {} });
      for (const { client, warnings, lines } of [fromVariable, fromOption]) {
        await client.getBrokerCredentials();
        expect(warnings.codes).toEqual(['BROKER_NOT_ENCRYPTED']);
        expect(lines).toHaveLength(1);
      }
    },
  );

  it.each(['localhost:9092', 'LOCALHOST', '127.0.0.1:9092,127.1.2.3', '[::1]:9092'])(
    'does not cause a warning if the address is of this machine (%s)',
    async (address) => {
      const { client, warnings } = create({ env: { [VARIABLE]: address } });
      await client.getBrokerCredentials();
      expect(warnings.codes).toEqual([]);
    },
  );
});

describe('a token that was passed while Quix__Broker__Address is set', () => {
  it('is sent to the Portal, and causes one warning that is also logged', async () => {
    const portal = await startPortal();
    const env = { ...portal.env, [VARIABLE]: 'localhost:9092' };
    const { client, warnings, lines } = create({ token: portal.token1, env });
    kafkaJSConfig(client); // calls describe(), which must not emit the warning
    expect(warnings.codes).toEqual([]);
    const { workspaceId } = await client.getBrokerCredentials();
    expect(workspaceId).toBe(portal.workspaceId);
    await client.getBrokerCredentials({ forceRefresh: true });
    expect(warnings.all).toMatchObject([{ code: 'BROKER_VARIABLE_IGNORED', about: VARIABLE }]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(VARIABLE);
    expect(lines[0]).toContain(new URL(portal.url).host);
  });

  it('causes the warning before the first request to the Portal', async () => {
    const portal = await startPortal();
    const env = { ...portal.env, [VARIABLE]: 'localhost:9092' };
    const { client } = create({ token: portal.token1, env });
    const requests: number[] = [];
    client.on('warning', () => requests.push(asked(portal).length));
    await client.getTopic('orders');
    expect(requests).toEqual([0]);
  });

  it('causes the warning even if the Portal rejects the token', async () => {
    const portal = await startPortal();
    const env = { ...portal.env, [VARIABLE]: 'localhost:9092' };
    const { client, warnings } = create({ token: randomSecret(), env });
    expect((await errorOf(client.getBrokerCredentials())).code).toBe('QUIX_TOKEN_REJECTED');
    expect(warnings.codes).toEqual(['BROKER_VARIABLE_IGNORED']);
  });

  it('does not cause a warning without the variable, or with the option brokerAddress', async () => {
    const portal = await startPortal();
    const plain = create({ token: portal.token1, env: portal.env });
    const local = create({
      token: portal.token1,
      brokerAddress: 'localhost:1',
      env: { [VARIABLE]: 'localhost:9092' },
    });
    for (const { client, warnings } of [plain, local]) {
      await client.getBrokerCredentials();
      expect(warnings.codes).toEqual([]);
    }
  });
});
