import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { describe, expect, it } from 'vitest';
import { randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { serveHealth } from './health-server.ts';
import { runCli, unwrap } from './run-cli.ts';
import { temporaryFolder } from './temporary-folder.ts';

closeAfterEach();
const folder = temporaryFolder();

/** Runs the command with two tokens and one service that uses Token 2. */
async function check(
  portal: PortalEmulator,
  tokens: { TOKEN_1: string; TOKEN_1_FILE?: string; TOKEN_2: string },
  args: readonly string[] = [],
): Promise<{ code: number; text: string }> {
  const quix = makeClient(portal, { token: tokens.TOKEN_2 });
  const url = await serveHealth(() => quix.describe());
  const names = ['--token-1-env-var', 'TOKEN_1', '--token-2-env-var', 'TOKEN_2'];
  const command = ['rotation', ...names, '--service', `orders=${url}`, ...args];
  // Neither another token nor a local broker in the environment may replace the tokens.
  const others = { Quix__Sdk__Token: portal.token1, Quix__Broker__Address: 'localhost:9092' };
  const env = { ...tokens, ...others, Quix__Portal__Api: portal.url };
  const { code, stdout } = await runCli(command, { env });
  return { code, text: unwrap(stdout) };
}

describe('quix-auth rotation, about the tokens', () => {
  it('reads a token from the file in TOKEN_1_FILE', async () => {
    const portal = await startPortal();
    const path = join(folder(), 'token-1');
    writeFileSync(path, portal.token1);
    const tokens = { TOKEN_1: '', TOKEN_1_FILE: path, TOKEN_2: portal.token2 };
    const { code, text } = await check(portal, tokens);
    expect(text).toMatch(/Safe to rotate/);
    expect(code).toBe(0);
  });

  it('is not safe if the Portal rejects Token 2, and names the error', async () => {
    const portal = await startPortal();
    const tokens = { TOKEN_1: portal.token1, TOKEN_2: randomSecret() };
    const { code, text } = await check(portal, tokens);
    expect(text).toMatch(/Token 2: rejected; .* QUIX_TOKEN_REJECTED/);
    expect(text).toMatch(/Not yet: the Portal rejects Token 2$/);
    expect(code).toBe(1);
  });

  it('is not safe if the tokens belong to different environments', async () => {
    const portal = await startPortal();
    portal.addWorkspace({ workspaceId: 'org-project-prod' });
    const other = portal.addToken({ workspaces: ['org-project-prod'] });
    const { text } = await check(portal, { TOKEN_1: portal.token1, TOKEN_2: other });
    expect(text).toMatch(/Not yet: the tokens belong to different environments$/);
    expect(text).toMatch(/! Broker settings: .*password.* differ between the tokens/);
  });

  it('is not safe if a token has no environment', async () => {
    const portal = await startPortal();
    const none = portal.addToken({ workspaces: [] });
    const { text } = await check(portal, { TOKEN_1: none, TOKEN_2: portal.token2 });
    expect(text).toMatch(/Token 1: could not be exchanged; .*QUIX_WORKSPACE_NONE/);
    expect(text).toContain('Not yet: Token 1 could not be exchanged');
  });

  it('points to --after if Token 1 is rejected already', async () => {
    const portal = await startPortal();
    const tokens = { TOKEN_1: portal.token1, TOKEN_2: portal.token2 };
    portal.rotateTokens();
    const { code, text } = await check(portal, tokens);
    expect(text).toMatch(/the Portal rejects Token 1 \(.* use --after\)$/);
    expect(code).toBe(1);
  });
});

describe('quix-auth rotation --after', () => {
  it('is not positive before the rotation, and is positive after it', async () => {
    const portal = await startPortal();
    const tokens = { TOKEN_1: portal.token1, TOKEN_2: portal.token2 };
    const before = await check(portal, tokens, ['--after']);
    expect(before.text).toMatch(/Not yet: the Portal still accepts Token 1 \(.*use --watch\)$/);
    expect(before.code).toBe(1);
    portal.rotateTokens();
    const after = await check(portal, tokens, ['--after']);
    expect(after.text).toMatch(
      /Rotated: 1 of 1 instance uses Token 2\. No instance reports a rejected token$/,
    );
    expect(after.code).toBe(0);
  });

  it('names an instance with a rejected token, until the Portal accepts one again', async () => {
    const portal = await startPortal();
    const { token1: TOKEN_1, token2: TOKEN_2, url } = portal;
    const quix = makeClient(portal, { token: TOKEN_2 });
    await quix.getBrokerCredentials();
    portal.rotateTokens();
    portal.faults.push({ status: 401 });
    await quix.getBrokerCredentials({ forceRefresh: true }).catch(() => undefined);
    const service = `orders=${await serveHealth(() => quix.describe())}`;
    const names = ['--token-1-env-var', 'TOKEN_1', '--token-2-env-var', 'TOKEN_2'];
    const args = ['rotation', ...names, '--service', service, '--after'];
    const env = { TOKEN_1, TOKEN_2, Quix__Portal__Api: url };
    expect(unwrap((await runCli(args, { env })).stdout)).toMatch(
      /Not yet: orders reports a rejected token$/,
    );
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect((await runCli(args, { env })).code).toBe(0);
  });
});

describe('the command line of quix-auth rotation', () => {
  const names = ['--token-1-env-var', 'TOKEN_1', '--token-2-env-var', 'TOKEN_2'];
  const service = ['--service', 'orders=http://127.0.0.1:1'];
  const secret = randomSecret('pw-');
  const login = ['--prometheus-token-env-var', 'PROMETHEUS'];

  it.each<[string, readonly string[], RegExp]>([
    ['no variable', service, /--token-1-env-var/],
    [
      'an empty variable',
      ['--token-1-env-var', 'TOKEN_1', '--token-2-env-var', 'EMPTY', ...service],
      /Neither EMPTY nor EMPTY_FILE has a value/,
    ],
    [
      'the same token twice',
      ['--token-1-env-var', 'TOKEN_1', '--token-2-env-var', 'TOKEN_1', ...service],
      /have the same token/,
    ],
    ['no service', names, /--service, --services-file or --prometheus/],
    ['a service without a URL', [...names, '--service', 'orders'], /--service needs NAME=URL/],
    [
      'another protocol',
      [...names, '--service', 'orders=ftp://x'],
      /URL of orders in --service is not a valid URL that starts with http/,
    ],
    ['a wrong port', [...names, '--service', 'orders=http://x:99999'], /of orders .* not a valid/],
    [
      'a password in a URL',
      [...names, '--service', `orders=http://me:${secret}@x`],
      /contains a secret/,
    ],
    ['a missing file', [...names, '--services-file', 'nowhere'], /ENOENT/],
    ['a token argument', [...names, ...service, '--token', 'x'], /never accepted as an argument/],
    ['a login without Prometheus', [...names, ...service, ...login], /needs --prometheus/],
    [
      'a login over http',
      [...names, '--prometheus', 'http://prometheus:9090', ...login],
      /only sent over https/,
    ],
    [
      'a user without a password',
      [...names, '--prometheus', 'https://x', '--prometheus-user', 'me'],
      /--prometheus-user needs/,
    ],
    [
      'two logins for Prometheus',
      [
        ...[...names, '--prometheus', 'https://x', ...login],
        ...['--prometheus-user', 'me', '--prometheus-password-env-var', 'PROMETHEUS'],
      ],
      /one token or one password/,
    ],
    ['a wrong interval', [...names, ...service, '--watch', 'often'], /0\.1 to 86400/],
  ])('rejects %s with exit code 2, without a secret', async (_, args, message) => {
    const { token1, token2, url } = await startPortal();
    const env = {
      TOKEN_1: token1,
      TOKEN_2: token2,
      EMPTY: ' ',
      PROMETHEUS: secret,
      Quix__Portal__Api: url,
    };
    const { code, stderr } = await runCli(['rotation', ...args], { env });
    expect(unwrap(stderr)).toMatch(message);
    expect(stderr).not.toContain(secret);
    expect(code).toBe(2);
  });
});
