import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { serve, type HttpServer } from './health-server.ts';
import { runCli, unwrap } from './run-cli.ts';
import { temporaryFolder } from './temporary-folder.ts';

closeAfterEach();
const folder = temporaryFolder();

type Labels = Readonly<Record<string, string>>;

const sample = (metric: Labels, value = 1) => ({ metric, value: [0, String(value)] });

/** Starts a server with the API of Prometheus, which returns these samples. */
async function servePrometheus(samples: object[], silent: object[] = []): Promise<HttpServer> {
  return await serve((path) => {
    const result = path.includes('quix_logins_total') ? samples : silent;
    return { body: { status: 'success', data: { resultType: 'vector', result } } };
  });
}

async function start() {
  const portal = await startPortal();
  const { token1, token2, url, workspaceId: workspace } = portal;
  const [one, two] = [token1, token2].map((token) => {
    const described = makeClient(portal, { token }).describe().token;
    return described && 'fingerprint' in described ? described.fingerprint : '';
  });
  const env = { TOKEN_1: token1, TOKEN_2: token2, Quix__Portal__Api: url };
  const check = async (server: HttpServer, args: readonly string[] = [], others: object = {}) => {
    const names = ['--token-1-env-var', 'TOKEN_1', '--token-2-env-var', 'TOKEN_2'];
    const command = ['rotation', ...names, '--prometheus', `${server.url}/base/`, ...args];
    const options = { env: { ...env, ...others }, cwd: folder() };
    const { code, stdout, stderr } = await runCli(command, options);
    return { code, text: unwrap(stdout), stderr };
  };
  const info = (labels: Labels) =>
    sample({ __name__: 'quix_token_info', source: 'MY_TOKEN', workspace, ...labels });
  return { portal, one, two, check, info };
}

describe('quix-auth rotation --prometheus', () => {
  it('names each instance by its pod, or by its job and instance', async () => {
    const { one = '', two = '', check, info } = await start();
    const server = await servePrometheus([
      info({ fingerprint: one, pod: 'orders-3', instance: 'a:1', job: 'orders' }),
      info({ fingerprint: one, instance: 'b:1', job: 'billing' }),
      info({ fingerprint: two, instance: 'c:1', job: 'billing' }),
      sample({ __name__: 'quix_token_info', fingerprint: one, pod: 'without-source' }),
    ]);
    const { code, text } = await check(server);
    expect(text).toContain('without-source: Token 1 → Give Token 2 to the instance.');
    expect(text).toMatch(/Not yet: orders-3, billing\/b:1 and without-source still use Token 1$/);
    expect(text).toContain('billing/c:1: Token 2 from MY_TOKEN');
    expect(code).toBe(1);
    const paths = server.requests.map(({ path }) => new URL(path, server.url));
    expect(paths.map(({ pathname }) => pathname)).toEqual(Array(2).fill('/base/api/v1/query'));
  });

  it('ignores instances of other environments, also in the query for silent targets', async () => {
    const { portal, one = '', two = '', check, info } = await start();
    const server = await servePrometheus([
      info({ fingerprint: two, instance: 'a:1' }),
      info({ fingerprint: one, instance: 'b:1', workspace: 'org-project-prod' }),
    ]);
    const { text } = await check(server);
    expect(text).toMatch(/Safe to rotate: 1 of 1 instance uses Token 2$/);
    const queries = server.requests.map(({ path }) => new URL(path, server.url).searchParams);
    const escaped = portal.workspaceId.replaceAll('-', '\\\\-');
    const matcher = `{workspace=~"|${escaped}|dev"}`;
    expect(queries.map((each) => each.get('query')).join()).toContain(matcher);
  });

  it('counts a fallback, and names refused logins and rejected tokens', async () => {
    const { one = '', two = '', check, info } = await start();
    const [a, b, c] = ['a', 'b', 'c'].map((pod) => ({ pod, job: 'x' }));
    const login = (outcome: string, at: number) =>
      sample({ ...b, __name__: 'quix_last_login_timestamp_seconds', outcome }, at);
    const server = await servePrometheus([
      info({ ...a, fingerprint: one }),
      sample({ ...a, __name__: 'quix_fallback_token_info', fingerprint: two }),
      info({ ...b, fingerprint: two }),
      sample({ ...b, __name__: 'quix_logins_total', outcome: 'accepted' }, 1),
      sample({ ...b, __name__: 'quix_logins_total', outcome: 'refused' }, 7),
      sample({ ...b, __name__: 'quix_logins_total', outcome: 'ended' }, 1),
      login('accepted', 10),
      login('refused', 11),
      info({ ...c, fingerprint: two }),
      sample({ ...c, __name__: 'quix_token_rejected_timestamp_seconds', fingerprint: two }, 9),
    ]);
    const { text } = await check(server);
    expect(text).toContain('a: Token 1, with Token 2 as its fallback');
    expect(text).toContain(
      'b: Token 2 from MY_TOKEN, cannot log in to Kafka (7 refused, 1 final error)',
    );
    expect(text).toMatch(/Not yet: c reports a rejected token; b cannot log in to Kafka$/);
  });

  it('treats a silent target, a wrong answer and no instance as not safe', async () => {
    const { two = '', check, info } = await start();
    const silent = [sample({ job: 'orders', instance: 'd:1' }, 0)];
    const down = await servePrometheus([info({ fingerprint: two, pod: 'a' })], silent);
    expect((await check(down)).text).toMatch(/Not yet: orders\/d:1 is unknown$/);
    const other = await serve(() => ({ status: 400, body: { status: 'error' } }));
    const wrong = await check(other);
    expect(wrong.text).toContain('does not return the result of a query');
    expect(wrong.text).toMatch(/Not yet: Prometheus is unknown$/);
    expect((await check(await servePrometheus([]))).text).toMatch(
      /Not yet: no instance was found$/,
    );
  });

  it('sends a bearer token, or a user name and a password, from a variable or a file', async () => {
    const { two = '', check, info } = await start();
    const server = await servePrometheus([info({ fingerprint: two, pod: 'a' })]);
    const secret = randomSecret('pw-');
    writeFileSync(join(folder(), 'secret'), `${secret}\n`);
    const basic = `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`;
    const user = ['--prometheus-user', 'me'];
    for (const [args, authorization] of [
      [['--prometheus-token-env-var', 'SECRET'], `Bearer ${secret}`],
      [['--prometheus-token-file', 'secret'], `Bearer ${secret}`],
      [[...user, '--prometheus-password-env-var', 'SECRET'], basic],
      [[...user, '--prometheus-password-file', 'secret'], basic],
    ] as const) {
      server.requests.length = 0;
      const { code, text, stderr } = await check(server, args, { SECRET: secret });
      expect(code).toBe(0);
      expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(
        Array(2).fill(authorization),
      );
      expect(text + stderr).not.toContain(secret);
    }
  });

  it('says that Prometheus requires or refuses a login', async () => {
    const { check } = await start();
    const server = await serve(() => ({ status: 401, body: 'Unauthorized' }));
    expect((await check(server)).text).toContain('requires a login (status 401)');
    const args = ['--prometheus-token-env-var', 'SECRET'];
    const refused = await check(server, args, { SECRET: randomSecret('pw-') });
    expect(refused.text).toContain('refuses the login (status 401)');
  });
});
