import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { randomSecret } from '../support/leaks.ts';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { examplePath, placeProgram, startProgram } from '../support/program.ts';
import { startSaslBroker } from '../support/sasl-broker.ts';
import { startStandIns } from '../support/stand-ins.ts';

closeAfterEach();
// Each test starts a Node process with tsx.
vi.setConfig({ testTimeout: 60_000 });

const CHECK_EVERY_MS = '200';
const root = fileURLToPath(new URL('../..', import.meta.url));

it('examples/README.md lists each program once, with the command that runs it', async () => {
  const list = await readFile(examplePath('README.md'), 'utf8');
  const programs = readdirSync(examplePath(''), { recursive: true })
    .map(String)
    .filter((name) => /\.(?:ts|[cm]js)$/.test(name) && name !== 'testing/service.ts');
  expect(programs.length).toBeGreaterThan(15);
  const rows = list.split('\n').filter((line) => /^\| \[.*`[^`]+` +\|$/.test(line));
  for (const name of programs) {
    expect(
      rows.filter((row) => row.includes(`](${name})`)),
      name,
    ).toHaveLength(1);
  }
});

it('npm run example runs a program with a Portal emulator', async () => {
  const script = join(root, 'scripts/example.ts');
  const output = await startProgram(script, {}, 'environments').succeeds();
  expect(output).toContain('dev: org-project-dev, topic org-project-dev-f1-data');
  expect(output).toContain('prod: org-project-prod, topic org-project-prod-f1-data');
  expect(await startProgram(script, {}, 'no-such').fails()).toContain('examples/README.md');
});

describe('examples/environments.ts', () => {
  it('fails when both tokens belong to one environment', async () => {
    const { token1, token2, url } = await startPortal();
    const env = { DEV_QUIX_TOKEN: token1, PROD_QUIX_TOKEN: token2, Quix__Portal__Api: url };
    const output = await startProgram(examplePath('environments.ts'), env).fails();
    expect(output).toContain('Both tokens belong to the same environment.');
  });
});

describe('examples/dotenv.ts', () => {
  it('reads the token and the Portal URL from .env in its working directory', async () => {
    const portal = await startPortal({ broker: { brokers: ['kafka.example:9093'] } });
    const code = await readFile(examplePath('dotenv.ts'), 'utf8');
    const path = placeProgram('program.mts', code, { dotenv: join(root, 'node_modules/dotenv') });
    const lines = Object.entries(portal.env).map(([name, value]) => `${name}=${value}`);
    await writeFile(join(path, '../.env'), lines.join('\n'));
    expect(await startProgram(path, {}).succeeds()).toBe('kafka.example:9093 by SASL_SSL\n');
  });
});

describe('the examples of fetch()', () => {
  async function start(isAccepted: (token: string) => boolean) {
    const standIns = await startStandIns(isAccepted);
    onTestFinished(() => standIns.close());
    return standIns;
  }

  it('configuration-api.ts reads the content, and sends the token to no other origin', async () => {
    const token = randomSecret();
    const { env, requests } = await start((each) => each === token);
    const path = examplePath('configuration-api.ts');
    const all = { ...env, Quix__Sdk__Token: token };
    expect(await startProgram(path, all).succeeds()).toContain('{ maxSpeed: 312 }');
    expect(requests).toEqual(['GET /configurations/1/content 200']);
    const elsewhere = { ...all, CONFIGURATION_API: 'https://configuration.example' };
    const output = await startProgram(path, elsewhere).fails();
    expect(output).toContain('QUIX_CONFIG');
    expect(output).toContain(new URL(env.CONTENT_URL).origin);
    expect(requests).toHaveLength(1);
    expect(output).not.toContain(token);
  });

  it('lakehouse-query.ts uses the token of the Lakehouse, or else that of the environment', async () => {
    const [own, sdk] = [randomSecret(), randomSecret()];
    const { env, requests } = await start((each) => each === own);
    const path = examplePath('lakehouse-query.ts');
    const all = { ...env, Quix__Sdk__Token: sdk, Quix__Lakehouse__Query__AuthToken: own };
    expect(await startProgram(path, all).succeeds()).toContain('laps\n57');
    const output = await startProgram(path, { ...env, Quix__Sdk__Token: sdk }).fails();
    expect(output).toContain('Quix__Sdk__Token is used');
    expect(output).toContain('The Lakehouse answered 401.');
    expect(requests).toEqual(['POST /query 200', 'POST /query 401']);
    for (const secret of [own, sdk]) expect(output).not.toContain(secret);
  });
});

describe('examples/logging-pino.ts', () => {
  it('writes JSON lines with fields, without a secret', async () => {
    const portal = await startPortal();
    const { token1, token2 } = portal;
    portal.revokeToken(token1);
    const env = { ...portal.env, MY_QUIX_TOKEN_2: token2 };
    const output = await startProgram(examplePath('logging-pino.ts'), env).succeeds();
    const lines = output.trim().split('\n');
    const logged = lines.map((line) => JSON.parse(line) as { msg: string; quix?: unknown });
    const fingerprint = expect.stringMatching(/^[0-9a-f]{12}$/) as string;
    expect(logged).toMatchObject([
      { module: 'quix', event: 'tokenRejected', source: 'Quix__Sdk__Token', fingerprint },
      {
        module: 'quix',
        event: 'credentials',
        source: 'fallbackToken',
        workspaceId: portal.workspaceId,
      },
      { msg: 'ready' },
    ]);
    expect(logged.at(-1)).toMatchObject({ msg: 'ready', quix: { state: 'ready', generation: 1 } });
    for (const secret of [token1, token2]) expect(output).not.toContain(secret);
  });
});

describe('examples/opentelemetry.ts', () => {
  it('ends one span for a successful exchange, and one with an error for a failed exchange', async () => {
    const portal = await startPortal();
    const good = await startProgram(examplePath('opentelemetry.ts'), portal.env).succeeds();
    expect(good).toContain("name: 'quix exchange'");
    expect(good).toContain(`'quix.workspace': '${portal.workspaceId}'`);
    expect(good).toContain("'quix.token.source': 'Quix__Sdk__Token'");
    const { token1 } = portal;
    portal.revokeToken(token1);
    const bad = await startProgram(examplePath('opentelemetry.ts'), portal.env).fails();
    expect(bad).toContain("'error.type': 'QUIX_TOKEN_REJECTED'");
    expect(good + bad).not.toContain(token1);
  });
});

describe('examples/observability', () => {
  const METRICS = [
    'quix_token_info',
    'quix_fallback_token_info',
    'quix_exchanges_total',
    'quix_credentials_age_seconds',
    'quix_logins_total',
    'quix_last_login_timestamp_seconds',
    'quix_rotations_total',
    'quix_token_rejected_timestamp_seconds',
  ];

  it('exports the token in use and its rejection with prom-client, without a secret', async () => {
    const portal = await startPortal();
    const { token1, token2 } = portal;
    const env = { ...portal.env, MY_QUIX_TOKEN_2: token2, PORT: '0' };
    portal.revokeToken(token1);
    const service = startProgram(examplePath('observability/prometheus.ts'), env);
    await service.says(/port: (\d+)/);
    const url = `http://127.0.0.1:${/port: (\d+)/.exec(service.output())?.[1] ?? ''}`;
    const scrape = async (): Promise<string> => await (await fetch(`${url}/metrics`)).text();
    await expect.poll(scrape, { timeout: 10_000 }).toContain('succeeded"} 1\n');
    const text = await scrape();
    for (const name of METRICS) expect(text).toContain(`# TYPE ${name} `);
    const label = (source: string): string => `\\{source="${source}",kind="streaming",fingerprint=`;
    expect(text).toMatch(
      new RegExp(
        `quix_token_info${label('fallbackToken')}"\\w{12}",workspace="org-project-dev"} 1\n`,
      ),
    );
    expect(text).toMatch(
      new RegExp(
        `quix_token_rejected_timestamp_seconds${label('Quix__Sdk__Token')}"\\w{12}"} \\d+`,
      ),
    );
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ quix: { state: 'ready' } });
    const output = await service.stops();
    for (const secret of [token1, token2]) expect(text + output).not.toContain(secret);
  });

  it('exports the same metrics with OpenTelemetry, without a secret', async () => {
    const portal = await startPortal();
    const { token1, token2 } = portal;
    portal.revokeToken(token1);
    const env = { ...portal.env, MY_QUIX_TOKEN_2: token2 };
    const output = await startProgram(
      examplePath('observability/opentelemetry-metrics.ts'),
      env,
    ).succeeds();
    for (const name of METRICS) expect(output).toContain(`name: '${name}'`);
    expect(output).toMatch(/source: 'fallbackToken',\s+kind: 'streaming',\s+fingerprint: '\w{12}'/);
    expect(output).toMatch(/outcome: 'succeeded' },[^}]*value: 1\n/);
    for (const secret of [token1, token2]) expect(output).not.toContain(secret);
  });
});

describe('examples/fastify-service.ts', () => {
  it('is alive but not ready while the Portal rejects its token', async () => {
    const portal = await startPortal();
    portal.revokeToken(portal.token1);
    const env = { ...portal.env, PORT: '0' };
    const service = startProgram(examplePath('fastify-service.ts'), env);
    await service.says(/listening on \S+/);
    const [, address = ''] = /listening on (\S+)/.exec(service.output()) ?? [];
    expect((await fetch(`${address}/health/live`)).status).toBe(200);
    const ready = await fetch(`${address}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ lastError: { code: 'QUIX_TOKEN_REJECTED' } });
    const post = await fetch(`${address}/laps`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"car":"1","speed":312}',
    });
    expect(post.status).toBe(500);
    expect(await post.json()).toMatchObject({ code: 'QUIX_TOKEN_REJECTED' });
    await service.says(/^\{"level":50,.*"event":"failure",.*"QUIX_TOKEN_REJECTED"/m);
    expect(service.output()).not.toContain(portal.token1);
    await service.stops();
  });

  it('is not ready while Kafka refuses its login, and ready after Kafka accepts one', async () => {
    let refusal: string | undefined = 'Authentication failed: Invalid credentials';
    const broker = await startSaslBroker({ refuse: () => refusal });
    const portal = await startPortal();
    portal.setBroker({
      brokers: [broker.address],
      securityProtocol: 'SASL_PLAINTEXT',
      sasl: { mechanism: 'PLAIN', username: 'user', password: randomSecret() },
    });
    const env = { ...portal.env, PORT: '0' };
    const service = startProgram(examplePath('fastify-service.ts'), env);
    await service.says(/listening on \S+/);
    const [, address = ''] = /listening on (\S+)/.exec(service.output()) ?? [];
    const refused = await fetch(`${address}/health/ready`);
    expect([refused.status, await refused.json()]).toMatchObject([
      503,
      { state: 'refused', logins: { accepted: 0, hasFinalError: true } },
    ]);

    refusal = undefined;
    while ((await fetch(`${address}/health/ready`)).status !== 200); // a cooldown of about 1 s
    expect(broker.logins.length).toBeGreaterThan(1);
    await service.stops();
  });
});

describe('examples/kubernetes', () => {
  /** Replaces a secret like a kubelet: it creates a new folder and renames a link to it. */
  async function mount(folder: string, version: number, token: string): Promise<void> {
    await mkdir(join(folder, `..v${version}`));
    await writeFile(join(folder, `..v${version}`, 'token'), token);
    await symlink(`..v${version}`, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  }

  it('switches to the token of a replaced secret and stays ready', async () => {
    const portal = await startPortal();
    const folder = await mkdtemp(join(tmpdir(), 'quix-secret-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await mount(folder, 1, portal.token1);
    await symlink('..data/token', join(folder, 'token'));
    const service = startProgram(examplePath('kubernetes/service.ts'), {
      Quix__Portal__Api: portal.url,
      Quix__Sdk__Token_FILE: join(folder, 'token'),
      CHECK_EVERY_MS,
      PORT: '0',
    });
    await service.says(/listening on .*port: \d+/s);
    const [, port = ''] = /port: (\d+)/.exec(service.output()) ?? [];
    const probe = (): Promise<Response> => fetch(`http://127.0.0.1:${port}/`);
    expect((await probe()).status).toBe(200);

    await mount(folder, 2, portal.token2);
    while (!service.output().includes('switched from token'))
      expect((await probe()).status).toBe(200);
    portal.rotateTokens();
    portal.requests.length = 0;
    while (portal.requests.length === 0) expect((await probe()).status).toBe(200);
    expect(await (await probe()).json()).toMatchObject({ state: 'ready' });
    service.child.kill('SIGINT');
    await service.succeeds();
  }, 30_000);
});
