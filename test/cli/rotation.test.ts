import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QuixStreamingClient } from 'quix-streams-auth';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { describe, expect, it } from 'vitest';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { serve, serveHealth } from './health-server.ts';
import { rotation } from './run-rotation.ts';
import { temporaryFolder } from './temporary-folder.ts';

closeAfterEach();
const folder = temporaryFolder();

/** Starts a service that exchanged this token, and returns its health URL. */
async function startService(portal: PortalEmulator, token: string): Promise<string> {
  const quix = makeClient(portal, { token });
  await quix.getBrokerCredentials();
  return await serveHealth(() => quix.describe());
}

const describeWith = (quix: QuixStreamingClient, changes: object): object => ({
  ...quix.describe(),
  ...changes,
});

describe('quix-auth rotation', () => {
  it('says in the last line and with exit code 0 that all instances use Token 2', async () => {
    const portal = await startPortal();
    const orders = await startService(portal, portal.token2);
    const billing = await startService(portal, portal.token2);
    const args = ['--service', `orders=${orders}`, '--service', `billing=${billing}`];
    const { code, lines, text } = await rotation(portal, args);
    expect(lines.at(-1)).toBe('Safe to rotate: 2 of 2 instances use Token 2');
    expect(code).toBe(0);
    expect(text).toContain(`accepted, environment ${portal.workspaceId} ("dev"); streaming token`);
    expect(text).toMatch(/orders: Token 2 from argument since \d{4}-/);
  });

  it('names each instance on Token 1, numbers replicas, and exits with 1', async () => {
    const portal = await startPortal();
    const urls = [portal.token2, portal.token1, portal.token1].map((token) =>
      startService(portal, token),
    );
    const [one = '', two = '', three = ''] = await Promise.all(urls);
    writeFileSync(join(folder(), 'services'), `# comment\norders=${two}\n\nbilling=${three}\n`);
    const args = ['--service', `orders=${one}`, '--services-file', 'services'];
    const { code, lines } = await rotation(portal, args, { cwd: folder() });
    expect(lines.at(-1)).toBe('Not yet: orders-2 and billing still use Token 1');
    expect(code).toBe(1);
  });

  it('prints the verdict as one line, also if it is long', async () => {
    const portal = await startPortal();
    const url = await startService(portal, portal.token1);
    const names = ['orders', 'billing', 'payments', 'inventory', 'shipping', 'notifications'];
    const args = names.flatMap((name) => ['--service', `${name}=${url}`]);
    const { stdout } = await rotation(portal, args);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      `Not yet: ${names.slice(0, -1).join(', ')} and notifications still use Token 1`,
    );
  });

  it.each([
    ['MY_TOKEN', 'Set the variable MY_TOKEN to Token 2, and restart'],
    ['argument', 'Pass Token 2 to the client'],
    ['provider', 'Let the token function return Token 2'],
    ['tokenFile', 'Write Token 2 to the token file'],
    ['fallbackToken', 'Set the first token to Token 2'],
    ['rotateToken', 'Call rotateToken() with Token 2'],
    ['constructor', 'Set the variable constructor to Token 2'],
    ['Quix__Sdk__Token', 'restart the deployment after the rotation'],
  ])('says what to do for Token 1 from %s', async (source, remedy) => {
    const portal = await startPortal();
    const quix = makeClient(portal);
    const token = { ...quix.describe().token, source };
    const url = await serveHealth(() => describeWith(quix, { token }));
    const { text } = await rotation(portal, ['--service', `orders=${url}`]);
    expect(text).toContain(remedy);
  });

  it('finds describe() under any key, also with status 503, and each client of a service', async () => {
    const portal = await startPortal();
    const [one, two] = [portal.token2, portal.token1].map((token) => makeClient(portal, { token }));
    const { url } = await serve(() => ({
      status: 503,
      body: { checks: { quix: { one: one?.describe(), two: two?.describe() } } },
    }));
    const { lines } = await rotation(portal, ['--service', `orders=${url}`]);
    expect(lines.at(-1)).toBe('Not yet: orders (checks.quix.two) still uses Token 1');
  });

  it('sends no token to a service, and prints no password', async () => {
    const password = randomSecret('pw-');
    const portal = await startPortal({ broker: { sasl: { password } } });
    const quix = makeClient(portal, { token: portal.token2 });
    const server = await serve(() => ({ body: quix.describe() }));
    const args = ['--service', `orders=${server.url}/?key=${randomSecret('key-')}`];
    const { stdout, stderr } = await rotation(portal, args);
    expect(server.requests).toHaveLength(1);
    expectNoLeak(server.requests, [portal.token1, portal.token2, password]);
    expectNoLeak(stdout + stderr, [portal.token1, portal.token2, password]);
    expect(stdout).not.toContain('key');
  });

  it('counts an instance on Token 1 as safe if its fallback is Token 2', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { fallbackToken: portal.token2 });
    const url = await serveHealth(() => quix.describe());
    const { code, lines } = await rotation(portal, ['--service', `orders=${url}`]);
    expect(lines.at(-1)).toBe(
      'Safe to rotate: 0 of 1 instance uses Token 2, and 1 falls back to it',
    );
    expect(code).toBe(0);
  });

  it('treats another token, another environment and refused logins as not safe', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { token: portal.token2 });
    const other = await startService(portal, portal.addToken());
    const elsewhere = await serveHealth(() => describeWith(quix, { workspaceId: 'org-prod' }));
    quix.recordLogin('accepted');
    const logins = {
      ...quix.describe().logins,
      refused: 3,
      ended: 2,
      lastRefusedAt: new Date(Date.now() + 1_000),
      lastRefusal: 'SASL_AUTHENTICATION_FAILED (kafkajs)',
    };
    const refused = await serveHealth(() => describeWith(quix, { logins }));
    const urls = { other, elsewhere, refused };
    const args = Object.entries(urls).flatMap(([name, url]) => ['--service', `${name}=${url}`]);
    const { code, text } = await rotation(portal, args);
    expect(text).toContain(
      'Not yet: other uses another token; elsewhere belongs to another environment; refused cannot log in to Kafka',
    );
    expect(text).toContain('cannot log in to Kafka (3 refused, 2 final errors)');
    expect(text).toContain('Last error: SASL_AUTHENTICATION_FAILED (kafkajs)');
    expect(code).toBe(1);
  });

  it('removes control characters and tokens from the texts of a service', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal);
    const token = { ...quix.describe().token, source: `X\u001b[2J\n${portal.token1}` };
    const key = `\u001b${portal.token2}`;
    const health = { [key]: describeWith(quix, { token }), other: quix.describe() };
    const url = await serveHealth(() => health);
    const { stdout } = await rotation(portal, ['--service', `orders=${url}`]);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain('[redacted]');
    const json = await rotation(portal, ['--service', `orders=${url}`, '--json']);
    expect(json.stdout).not.toContain('\u001b');
    expectNoLeak(json.stdout, [portal.token1, portal.token2]);
  });

  it('prints one JSON document with tokens, settings, instances and verdict', async () => {
    const portal = await startPortal();
    const url = await startService(portal, portal.token1);
    const { code, stdout } = await rotation(portal, ['--service', `orders=${url}`, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      verdict: 'Not yet: orders still uses Token 1',
      after: false,
      tokens: [
        {
          name: 'Token 1',
          variable: 'TOKEN_1',
          isAccepted: true,
          environment: { id: portal.workspaceId },
        },
        { name: 'Token 2', variable: 'TOKEN_2', isAccepted: true, expires: 'never' },
      ],
      brokerSettings: { different: [], equal: expect.arrayContaining(['password']) as string[] },
      instances: [{ name: 'orders', usage: 'token1', foundIn: url, obstacle: 'token1' }],
    });
  });

  it('watches until it is safe, and appends a line for each new verdict', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { token: portal.token1 });
    await quix.getBrokerCredentials();
    const url = await serveHealth(() => quix.describe());
    let rotated: Promise<unknown> | undefined;
    const { code, lines } = await rotation(
      portal,
      ['--service', `orders=${url}`, '--watch', '0.1'],
      {
        onStdout: (text) => {
          if (text.includes('Not yet')) rotated ??= quix.rotateToken(portal.token2);
        },
      },
    );
    expect(code).toBe(0);
    expect(lines).toContain('Not yet: orders still uses Token 1');
    expect(lines.at(-1)).toBe('Safe to rotate: 1 of 1 instance uses Token 2');
  });

  it('redraws the report on a terminal while it watches', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { token: portal.token1 });
    const url = await serveHealth(() => quix.describe());
    let rotated: Promise<unknown> | undefined;
    const { stdout } = await rotation(portal, ['--service', `orders=${url}`, '--watch', '0.1'], {
      isTTY: true,
      onStdout: (text) => {
        if (text.includes('Not yet')) rotated ??= quix.rotateToken(portal.token2);
      },
    });
    const screens = stdout.split('\u001b[1;1H\u001b[0J').slice(1);
    expect(screens.length).toBeGreaterThan(1);
    expect(screens.at(-1)).toContain('Safe to rotate');
    for (const screen of screens) expect(screen).toContain('Tokens');
  });
});
