import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { randomSecret } from '../support/leaks.ts';
import { runCli } from './run-cli.ts';

closeAfterEach();

/** Starts a Portal with other librdkafka settings. One of them is secret. */
async function start() {
  const secret = randomSecret('s-');
  const other = { 'client.rack': 'zone-1', 'socket.timeout.ms': '45000' };
  const raw = { ...other, 'sasl.oauthbearer.client.secret': secret };
  const { env } = await startPortal({ broker: { raw } });
  return { env, secret, other, raw };
}

describe('quix-auth config', () => {
  it('prints other librdkafka settings of the Portal for librdkafka', async () => {
    const { env, secret, other, raw } = await start();
    const hidden = await runCli(['config'], { env });
    expect(hidden.stdout).not.toContain(secret);
    expect(JSON.parse(hidden.stdout)).toMatchObject({
      ...other,
      'sasl.oauthbearer.client.secret': '[hidden]',
    });
    const shown = await runCli(['config', '--show-secrets'], { env, showsSecrets: true });
    expect(JSON.parse(shown.stdout)).toMatchObject(raw);
  });

  it('prints other settings as variables and as lines for kcat', async () => {
    const { env, secret } = await start();
    const options = { env, showsSecrets: true };
    const variables = await runCli(['config', '--format', 'env', '--show-secrets'], options);
    expect(parseEnv(variables.stdout)).toMatchObject({
      KAFKA_CLIENT_RACK: 'zone-1',
      KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: secret,
    });
    const kcat = await runCli(['config', '--format', 'kcat', '--show-secrets'], options);
    expect(kcat.stdout).toContain('socket.timeout.ms=45000\n');
    expect(kcat.stdout).toContain(`sasl.oauthbearer.client.secret=${secret}\n`);
  });

  it.each(['kafkajs', 'properties'])(
    'names the settings that the format %s does not contain',
    async (format) => {
      const { env } = await start();
      const { code, stdout, stderr } = await runCli(['config', '--format', format], { env });
      expect(code).toBe(0);
      expect(stdout).not.toContain('zone-1');
      expect(stderr).toContain('client.rack, socket.timeout.ms, sasl.oauthbearer.client.secret');
    },
  );

  it('reports that a secret is hidden even if there is no login', async () => {
    const raw = { 'ssl.keystore.password': randomSecret('s-') };
    const { env } = await startPortal({ broker: { securityProtocol: 'SSL', raw } });
    const { stdout, stderr } = await runCli(['config'], { env });
    expect(JSON.parse(stdout)).toMatchObject({ 'ssl.keystore.password': '[hidden]' });
    expect(stderr).toContain('--show-secrets');
  });
});
