import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority, createSelfSigned } from '../support/certificates.ts';
import { startConnectProxy, tunnelTo } from '../support/connect-proxy.ts';
import { randomSecret } from '../support/leaks.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { answer, closedPort, startListener, startServer } from '../support/scripted-server.ts';
import { runCli, stepsOf, unwrap, type CliOptions, type Step } from './run-cli.ts';
import { temporaryFolder } from './temporary-folder.ts';

closeAfterEach();

const folder = temporaryFolder();

/** This folder contains no Kafka client, so the doctor finds the one in this package's node_modules. */
const options = { cwd: tmpdir() };

async function examine(args: readonly string[], more: CliOptions): Promise<Record<string, Step>> {
  return stepsOf(
    await runCli(['doctor', '--json', '--timeout', '3', ...args], { ...options, ...more }),
  );
}

const outcomes = (steps: Record<string, Step>): Record<string, string> =>
  Object.fromEntries(Object.entries(steps).map(([id, { outcome }]) => [id, outcome]));

describe('quix-auth doctor', () => {
  it('prints each step with its outcome, and the first failure with a remedy', async () => {
    const port = await closedPort();
    const portal = await startPortal({ broker: { brokers: [`127.0.0.1:${port}`] } });
    const { code, stdout } = await runCli(['doctor'], { ...options, env: portal.env });
    expect(code).toBe(1);
    const text = unwrap(stdout);
    expect(text).toMatch(/ ✓ Token [^✓]*Quix__Sdk__Token, fingerprint [0-9a-f]{12}/);
    expect(text).toMatch(/ ✓ HTTP [^✓]*127\.0\.0\.1:\d+ [^✓]*\(401\)/);
    expect(text).toMatch(/ ✓ Environment [^✓]*org-project-dev \("dev"\), Ready, SharedKafka/);
    expect(text).toMatch(/ ✓ Broker settings [^✓]*SASL_SSL, SCRAM-SHA-512 as org-project-dev/);
    expect(text).toMatch(/ ✗ 127\.0\.0\.1:\d+ TCP [^✗]*\(ECONNREFUSED\)\.[^✗]*→ /);
    expect(text).toMatch(/✓ \d+ ok, ✗ 1 failed, - \d+ not tried in [\d.]+ m?s$/);
  });

  it('checks the Portal also without a token', async () => {
    const { url } = await startPortal();
    const steps = await examine([], { env: { Quix__Portal__Api: url } });
    expect(outcomes(steps)).toEqual({
      settings: 'ok',
      token: 'failed',
      'portal-url': 'ok',
      'portal-proxy': 'ok',
      'portal-dns': 'ok',
      'portal-tcp': 'ok',
      'portal-tls': 'skipped',
      'portal-http': 'ok',
      'token-accepted': 'skipped',
      workspace: 'skipped',
      'broker-settings': 'skipped',
      brokers: 'skipped',
    });
    expect(steps['token']?.code).toBe('QUIX_TOKEN_MISSING');
  });

  it('reports a rejected token, and does not try the steps that need it', async () => {
    const { url } = await startPortal();
    const env = { Quix__Portal__Api: url, Quix__Sdk__Token: randomSecret() };
    const steps = await examine(['--topic', 'f1-data'], { env });
    expect(steps['token-accepted']).toMatchObject({
      outcome: 'failed',
      code: 'QUIX_TOKEN_REJECTED',
    });
    expect(steps['topic']?.outcome).toBe('skipped');
  });

  it('distinguishes a missing environment from a rejected token', async () => {
    const { env } = await startPortal();
    const steps = await examine(['--workspace', 'org-project-dve'], { env });
    expect(steps['token-accepted']?.outcome).toBe('ok');
    expect(steps['workspace']).toMatchObject({
      outcome: 'failed',
      code: 'QUIX_WORKSPACE_NOT_FOUND',
    });
  });

  it('reports a wrong setting by the name of its option, and continues', async () => {
    const env = { Quix__Sdk__Token: randomSecret() };
    const steps = await examine(['--portal', 'http://portal.example'], { env });
    expect(steps['settings']).toMatchObject({ outcome: 'failed', code: 'QUIX_CONFIG' });
    expect(steps['settings']?.detail).toContain('--portal');
    expect(steps['settings']?.detail).not.toContain('portalApi');
    expect(steps['token']?.outcome).toBe('ok');
    expect(steps['portal-url']?.outcome).toBe('failed');
  });

  it('reports warnings without failing', async () => {
    const portal = await startPortal({
      broker: { securityProtocol: 'PLAINTEXT', brokers: ['127.0.0.1:1'] },
    });
    const steps = await examine([], {
      env: { ...portal.env, Quix__Sdk__Token: `"${portal.token1}"` },
    });
    expect(steps['token']).toMatchObject({
      outcome: 'warning',
      warnings: [{ code: 'TOKEN_CLEANED' }],
    });
    expect(steps['token-accepted']?.outcome).toBe('ok');
    expect(steps['broker-settings']).toMatchObject({
      outcome: 'warning',
      warnings: [{ code: 'BROKER_NOT_ENCRYPTED' }],
    });
  });

  it('verifies the certificate of the Portal with the given certificate authority', async () => {
    const authority = await createCertificateAuthority('Private Portal CA');
    const { port } = await startServer(
      answer(401, { message: 'The token is not valid.' }),
      await authority.issue(['localhost', '127.0.0.1']),
    );
    const env = { Quix__Portal__Api: `https://127.0.0.1:${port}` };
    const file = join(folder(), 'ca.pem');
    writeFileSync(file, authority.certificate);
    const trusted = await examine(['--ca', file], { env });
    expect(trusted['portal-tls']?.outcome).toBe('ok');
    expect(trusted['portal-tls']?.detail).toMatch(
      /^TLSv1\.3, certificate of localhost by Private Portal CA, valid until \d{4}-\d\d-\d\d$/,
    );
    expect(trusted['portal-http']?.outcome).toBe('ok');
    const untrusted = await examine([], { env });
    expect(untrusted['portal-tls']).toMatchObject({
      outcome: 'failed',
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
    expect(untrusted['portal-tls']?.remedy).toContain('--ca');
    expect(untrusted['portal-http']?.outcome).toBe('skipped');
  });

  it('connects through a proxy unless NO_PROXY exempts the Portal', async () => {
    const authority = await createCertificateAuthority();
    const { port } = await startServer(answer(401, ''), await authority.issue(['portal.test']));
    const proxy = await startConnectProxy(tunnelTo(port));
    const file = join(folder(), 'ca.pem');
    writeFileSync(file, authority.certificate);
    const env = {
      Quix__Portal__Api: 'https://portal.test',
      HTTPS_PROXY: `http://user:secret-of-the-proxy@127.0.0.1:${proxy.port}`,
    };
    const steps = await examine(['--ca', file], { env });
    expect(steps['portal-proxy']?.detail).toBe(`127.0.0.1:${proxy.port} (HTTPS_PROXY)`);
    for (const id of ['portal-dns', 'portal-tcp', 'portal-http']) {
      expect(steps[id]?.outcome, id).toBe('ok');
    }
    expect(steps['portal-tls']?.outcome).toBe('skipped');
    expect(JSON.stringify(steps)).not.toContain('secret-of-the-proxy');
    const exempt = await examine(['--ca', file], { env: { ...env, NO_PROXY: 'portal.test' } });
    expect(exempt['portal-proxy']?.detail).toBe('NO_PROXY exempts portal.test');
    expect(exempt['portal-dns']).toMatchObject({ outcome: 'failed' });
  });

  it.each([
    [
      'a redirect',
      answer(302, '', { location: 'https://elsewhere.example' }),
      'QUIX_PORTAL_REDIRECT',
    ],
    ['a web page', answer(200, '<html>'), 'QUIX_BAD_RESPONSE'],
    ['an error', answer(503, ''), 'QUIX_PORTAL_UNAVAILABLE'],
  ])('reports a Portal URL that leads to %s', async (_, script, code) => {
    const { origin } = await startServer(script);
    const steps = await examine([], { env: { Quix__Portal__Api: origin } });
    expect(steps['portal-http']).toMatchObject({ outcome: 'failed', code });
  });

  it('needs neither a token nor the Portal for a local broker', async () => {
    const steps = await examine(['--broker-address', `127.0.0.1:${await closedPort()}`], {});
    expect(Object.keys(steps).slice(0, 3)).toEqual([
      'settings',
      'portal-url',
      expect.stringMatching(/^broker-dns /),
    ]);
    expect(steps['portal-url']?.outcome).toBe('skipped');
  });

  it('reports a broker with an untrusted certificate, and a broker without TLS', async () => {
    const { certificate: ca } = await createCertificateAuthority();
    const stranger = await startListener(() => undefined, await createSelfSigned(['127.0.0.1']));
    const plain = await startListener((socket) => socket.end('hello'));
    const brokers = [`127.0.0.1:${stranger.port}`, `127.0.0.1:${plain.port}`];
    const { env } = await startPortal({ broker: { brokers, ca } });
    const steps = await examine([], { env });
    expect(steps[`broker-tls ${brokers[0] ?? ''}`]).toMatchObject({
      outcome: 'failed',
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const second = steps[`broker-tls ${brokers[1] ?? ''}`];
    expect(second?.outcome).toBe('failed');
    expect(second?.remedy).toMatch(/TLS/);
  });

  it('stops waiting for a silent broker after --timeout', async () => {
    const silent = await startListener(() => undefined);
    const broker = `127.0.0.1:${silent.port}`;
    const { env } = await startPortal({ broker: { brokers: [broker] } });
    const steps = await examine(['--timeout', '0.5'], { env });
    expect(steps[`broker-tls ${broker}`]).toMatchObject({ outcome: 'failed', code: 'ETIMEDOUT' });
  });

  it.each(['kafkajs', '@platformatic/kafka'])(
    'stops waiting after --timeout for a broker that never responds to %s',
    async (client) => {
      const { port } = await startListener((socket) => socket.resume());
      const broker = `127.0.0.1:${port}`;
      const started = performance.now();
      const steps = await examine(
        ['--broker-address', broker, '--kafka-client', client, '--timeout', '0.5'],
        {},
      );
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(steps[`broker-tcp ${broker}`]?.outcome).toBe('ok');
      expect(steps[`broker-sasl ${broker}`]?.outcome).toBe('failed');
    },
  );

  it('shows a spinner on a terminal only', async () => {
    const { env } = await startPortal({ latencyMs: 150, broker: { brokers: ['127.0.0.1:1'] } });
    const onTerminal = await runCli(['doctor'], { ...options, env, isTTY: true });
    expect(onTerminal.stderr).toContain('Checking');
    expect(onTerminal.stdout).toContain('\u001B[32m✓');
    expect((await runCli(['doctor'], { ...options, env })).stderr).toBe('');
  });
});
