import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { startConnectProxy, tunnelTo } from '../support/connect-proxy.ts';
import { randomSecret } from '../support/leaks.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { answer, closedPort, startServer } from '../support/scripted-server.ts';
import { doctorSteps, runCli, unwrap, type Step } from './run-cli.ts';
import { temporaryFolder } from './temporary-folder.ts';

closeAfterEach();

const folder = temporaryFolder();

/** This folder contains no Kafka client, so the doctor finds the one in this package's node_modules. */
const options = { cwd: tmpdir() };

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
    expect(text).toMatch(/ ✗ 127\.0\.0\.1:\d+ TCP: [^✗]*\(ECONNREFUSED\)\.[^✗]*→ /);
    expect(text).toMatch(/✓ \d+ ok, ✗ 1 failed, - \d+ skipped in [\d.]+ m?s$/);
  });

  it('checks the Portal also without a token', async () => {
    const { url } = await startPortal();
    const steps = await doctorSteps([], { env: { Quix__Portal__Api: url } });
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

  it('reports a rejected token, and skips the steps that need it', async () => {
    const { url } = await startPortal();
    const env = { Quix__Portal__Api: url, Quix__Sdk__Token: randomSecret() };
    const steps = await doctorSteps(['--topic', 'f1-data'], { env });
    expect(steps['token-accepted']).toMatchObject({
      outcome: 'failed',
      code: 'QUIX_TOKEN_REJECTED',
    });
    expect(steps['topic']?.outcome).toBe('skipped');
  });

  it('distinguishes a missing environment from a rejected token', async () => {
    const { env } = await startPortal();
    const steps = await doctorSteps(['--workspace', 'org-project-dve'], { env });
    expect(steps['token-accepted']?.outcome).toBe('ok');
    expect(steps['workspace']).toMatchObject({
      outcome: 'failed',
      code: 'QUIX_WORKSPACE_NOT_FOUND',
    });
  });

  it.each([
    ['Quix__Workspace__Id', [], { Quix__Workspace__Id: 'org-dev' }],
    ['--workspace', ['--workspace', 'org-dev'], {}],
  ])(
    'explains when to replace the token and when to correct %s if they belong to different environments',
    async (setting, args, variables) => {
      const workspaces = [{ workspaceId: 'org-prod' }, { workspaceId: 'org-dev' }];
      const portal = await startPortal({ workspaces });
      const steps = await doctorSteps(args, { env: { ...portal.env, ...variables } });
      expect(steps['token-accepted']?.outcome).toBe('ok');
      const { outcome, code, detail, remedy } = steps['workspace'] ?? {};
      expect({ outcome, code }).toEqual({ outcome: 'failed', code: 'QUIX_FORBIDDEN' });
      expect(detail).toMatch(/access to workspace org-dev \(403\)/);
      expect(detail).toContain(` was set with ${setting}. The token has access to org-prod.`);
      expect(remedy).toMatch(
        new RegExp(`environment org-dev, .* Quix__Sdk__Token .* correct ${setting}\\.$`),
      );
      expect(steps['broker-settings']?.outcome).toBe('skipped');
    },
  );

  it('reports a wrong setting by the name of its option, and continues', async () => {
    const env = { Quix__Sdk__Token: randomSecret() };
    const steps = await doctorSteps(['--portal', 'http://portal.example'], { env });
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
    const steps = await doctorSteps([], {
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
    const trusted = await doctorSteps(['--ca', file], { env });
    expect(trusted['portal-tls']?.outcome).toBe('ok');
    expect(trusted['portal-tls']?.detail).toMatch(
      /^TLSv1\.3, certificate of localhost by Private Portal CA, valid until \d{4}-\d\d-\d\d$/,
    );
    expect(trusted['portal-http']?.outcome).toBe('ok');
    const untrusted = await doctorSteps([], { env });
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
    const steps = await doctorSteps(['--ca', file], { env });
    expect(steps['portal-proxy']?.detail).toBe(`127.0.0.1:${proxy.port} (HTTPS_PROXY)`);
    for (const id of ['portal-dns', 'portal-tcp', 'portal-http']) {
      expect(steps[id]?.outcome, id).toBe('ok');
    }
    expect(steps['portal-tls']?.outcome).toBe('skipped');
    const socks = { Quix__Portal__Api: 'https://portal.test', HTTPS_PROXY: 'socks5://127.0.0.1' };
    const withSocks = await doctorSteps([], { env: socks });
    expect(withSocks['portal-proxy']?.detail).toContain('HTTPS_PROXY has a SOCKS proxy');
    expect(JSON.stringify(steps)).not.toContain('secret-of-the-proxy');
    const exempt = await doctorSteps(['--ca', file], { env: { ...env, NO_PROXY: 'portal.test' } });
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
    const steps = await doctorSteps([], { env: { Quix__Portal__Api: origin } });
    expect(steps['portal-http']).toMatchObject({ outcome: 'failed', code });
  });

  it('reports a server that accepts any token', async () => {
    const workspaces = [{ workspaceId: 'a', name: 'a', status: 'Ready' }];
    const { origin } = await startServer((socket, head) => {
      answer(200, head.includes('/workspaces ') ? workspaces : workspaces[0])(socket, head);
    });
    const steps = await doctorSteps([], { env: { Quix__Portal__Api: origin } });
    expect(steps['portal-http']?.outcome).toBe('failed');
    expect(steps['portal-http']?.detail).toContain('any token');
  });

  it('needs neither a token nor the Portal for a local broker', async () => {
    const steps = await doctorSteps(['--broker-address', `127.0.0.1:${await closedPort()}`], {});
    expect(Object.keys(steps).slice(0, 3)).toEqual([
      'settings',
      'portal-url',
      expect.stringMatching(/^broker-dns /),
    ]);
    expect(steps['portal-url']?.outcome).toBe('skipped');
  });

  it('shows a spinner on a terminal only', async () => {
    const { env } = await startPortal({ latencyMs: 150, broker: { brokers: ['127.0.0.1:1'] } });
    const onTerminal = await runCli(['doctor'], { ...options, env, isTTY: true });
    expect(onTerminal.stderr).toContain('Checking');
    expect(onTerminal.stdout).toContain('\u001B[32m✓');
    expect((await runCli(['doctor'], { ...options, env })).stderr).toBe('');
  });
});
