import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { startConnectProxy, tunnelTo } from '../support/connect-proxy.ts';
import { randomSecret } from '../support/leaks.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { answer, startListener, startServer, type Script } from '../support/scripted-server.ts';
import { doctorSteps, runCli, unwrap, type Step } from './run-cli.ts';
import { temporaryFolder } from './temporary-folder.ts';

closeAfterEach();

const folder = temporaryFolder();

/** Runs the doctor with a token that a server at `origin` may accept. */
const checkServer = (origin: string, args: readonly string[] = []) =>
  doctorSteps(args, { env: { Quix__Portal__Api: origin, Quix__Sdk__Token: randomSecret() } });

describe('the step Authentication of quix-auth doctor', () => {
  it.each([
    ['a sign-in page that answers 200', answer(200, '<html>Sign in</html>'), 'QUIX_BAD_RESPONSE'],
    ['a proxy that answers 403', answer(403, '<html>Blocked</html>'), 'QUIX_FORBIDDEN'],
    ['a proxy that answers 403 without a page', answer(403), 'QUIX_FORBIDDEN'],
    ['a web server that answers 404', answer(404, '<html>Not found</html>'), 'QUIX_BAD_RESPONSE'],
  ])('fails with %s', async (_, script, code) => {
    const { origin } = await startServer(script);
    const steps = await checkServer(origin);
    for (const id of ['portal-http', 'token-accepted']) {
      expect(steps[id]).toMatchObject({ outcome: 'failed', code });
      expect(steps[id]?.detail).not.toContain('valid but');
    }
    expect(steps['portal-http']?.remedy).toMatch(/proxy|URL/);
    expect(steps['workspace']?.outcome).toBe('skipped');
  });

  it('fails with a sign-in page that only answers requests for an environment', async () => {
    const { origin } = await startServer((socket, head) => {
      const isEnvironment = head.startsWith('GET /workspaces/');
      const script: Script = isEnvironment ? answer(200, '<html>Sign in</html>') : answer(401);
      script(socket, head);
    });
    const steps = await checkServer(origin, ['--workspace', 'org-project-dev']);
    expect(steps['portal-http']?.outcome).toBe('ok');
    expect(steps['token-accepted']).toMatchObject({ outcome: 'failed', code: 'QUIX_BAD_RESPONSE' });
  });

  it('passes if the server answers 403 to an invented token, but accepts the real one', async () => {
    const { url, token1 } = await startPortal();
    const { origin } = await startServer((socket, head) => {
      if (!head.includes(token1)) {
        answer(403)(socket, head);
        return;
      }
      const path = head.split(' ')[1] ?? '';
      void fetch(url + path, { headers: { authorization: `Bearer ${token1}` } })
        .then((response) => response.text())
        .then((body) => {
          answer(200, body)(socket, head);
        });
    });
    const env = { Quix__Portal__Api: origin, Quix__Sdk__Token: token1 };
    const steps = await doctorSteps([], { env });
    expect(steps['portal-http']).toMatchObject({ outcome: 'failed', code: 'QUIX_FORBIDDEN' });
    expect(steps['token-accepted']?.outcome).toBe('ok');
    expect(steps['broker-settings']?.outcome).toBe('ok');
  });
});

describe('the remedy of quix-auth doctor', () => {
  /** Starts a server that speaks HTTP only, and answers other requests as Node does. */
  async function startHttpServer(): Promise<string> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const doesNotBlameAuthority = (step: Step | undefined): void => {
    expect(step).toMatchObject({ outcome: 'failed' });
    expect(step?.remedy).toContain('does not speak TLS');
    expect(step?.remedy).not.toMatch(/authority|--ca/);
  };

  it('does not mention a certificate authority if an https URL names a port for http', async () => {
    const host = await startHttpServer();
    const steps = await checkServer(`https://${host}`);
    doesNotBlameAuthority(steps['portal-tls']);
    const proxy = await startConnectProxy(tunnelTo(Number(host.split(':')[1])));
    const env = {
      Quix__Portal__Api: 'https://portal.test',
      Quix__Sdk__Token: randomSecret(),
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
    };
    const throughProxy = await doctorSteps([], { env });
    doesNotBlameAuthority(throughProxy['portal-http']);
    const { stderr } = await runCli(['config'], { env });
    expect(unwrap(stderr)).toContain('does not speak TLS');
    expect(stderr).not.toContain('--ca');
  });

  it('does not mention dropped packets if a TLS port accepts connections but never answers', async () => {
    const silent = await startListener(() => undefined);
    const steps = await doctorSteps(['--timeout', '0.5'], {
      env: { Quix__Portal__Api: `https://${silent.host}`, Quix__Sdk__Token: randomSecret() },
    });
    expect(steps['portal-tls']).toMatchObject({ outcome: 'failed', code: 'ETIMEDOUT' });
    expect(steps['portal-tls']?.remedy).toContain('uses TLS');
    expect(steps['portal-tls']?.remedy).not.toContain('drop');
  });

  it('names the file of --ca if it contains another certificate authority', async () => {
    const [right, wrong] = [await createCertificateAuthority(), await createCertificateAuthority()];
    const { origin, port } = await startServer(
      answer(401),
      await right.issue(['127.0.0.1', 'portal.test']),
    );
    const file = join(folder(), 'other-ca.pem');
    writeFileSync(file, wrong.certificate);
    const direct = (await checkServer(origin, ['--ca', file]))['portal-tls'];
    const proxy = await startConnectProxy(tunnelTo(port));
    const env = {
      Quix__Portal__Api: 'https://portal.test',
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
    };
    const throughProxy = (await doctorSteps(['--ca', file], { env }))['portal-http'];
    for (const step of [direct, throughProxy]) {
      expect(step).toMatchObject({ outcome: 'failed' });
      expect(step?.remedy).toContain(file);
      expect(step?.remedy).not.toContain('NODE_EXTRA_CA_CERTS');
    }
  });

  it.each(['doctor', 'config'])(
    'names the file of --ca if %s cannot use the file',
    async (command) => {
      writeFileSync(join(folder(), 'empty.pem'), '');
      for (const file of ['empty.pem', 'missing.pem']) {
        const { code, stderr } = await runCli([command, '--ca', file], { cwd: folder() });
        expect(code).toBe(2);
        expect(unwrap(stderr)).toContain(`The file ${file} `);
        expect(stderr).toContain('--ca');
      }
    },
  );
});

describe('quix-auth doctor and the text of a server', () => {
  const hostile = 'a\u001B]0;title\u0007b\u009B31mc\u202Ed\u2066e\u2028f\rg\nh';

  it.each([{ isTTY: true }, { isTTY: false }])('prints no control characters (%j)', async (tty) => {
    const { env } = await startPortal({
      workspaces: [{ workspaceId: 'org-dev', name: hostile, status: hostile }],
      broker: { brokers: ['127.0.0.1:1'], clientId: hostile, sasl: { username: hostile } },
    });
    const names = ['--topic', `topic${hostile}`, '--group', `group${hostile}`];
    const options = { env: { ...env, NO_COLOR: '1', TERM: 'dumb' }, ...tty };
    const { stdout } = await runCli(['doctor', ...names], options);
    expect(stdout).toContain('Topic topic');
    expect(stdout).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
    const inJson = await runCli(['doctor', '--json', ...names], options);
    expect(inJson.stdout).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
  });

  it('never prints a token in the text of a server or a user', async () => {
    const secret = randomSecret();
    const { origin } = await startServer(answer(503, { message: `no ${secret}` }));
    const env = { Quix__Portal__Api: origin, Quix__Sdk__Token: randomSecret() };
    for (const json of [[], ['--json']]) {
      const args = ['doctor', '--timeout', '1', '--topic', `topic(${secret})`, ...json];
      const { stdout, stderr } = await runCli(args, { env });
      expect((stdout + stderr).includes(secret.slice(4))).toBe(false);
    }
  });
});
