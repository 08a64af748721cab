import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { serve, serveHealth } from './cli/health-server.ts';
import { unwrap } from './cli/run-cli.ts';
import { temporaryFolder } from './cli/temporary-folder.ts';
import { randomSecret } from './support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from './support/portal-clients.ts';

closeAfterEach();
// Each command starts a Node process with tsx.
vi.setConfig({ testTimeout: 180_000 });
const folder = temporaryFolder();
const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${root}docs/rotation.md`, 'utf8');

/** Removes the indentation that all lines share. prettier does this in the document. */
function dedent(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const indent = Math.min(...lines.map((line) => line.search(/\S/)));
  return text.replaceAll(new RegExp(`^ {${indent}}`, 'gm'), '');
}

/** The code blocks, by the second word of their info string. The transcript's have none. */
const blocks = new Map(
  [...page.matchAll(/^```(\w+) (\S+)\n([^]*?)^```$/gm)].map(
    ([, language = '', name = '', code = '']) => [name, { language, code }],
  ),
);

const SHELL_BLOCKS = [...blocks].filter(([, { language }]) => /^(ba)?sh$/.test(language));
const FILE_BLOCKS = [...blocks].filter(([, { language }]) => language === 'yaml');

interface Result {
  readonly code: number;
  readonly text: string;
}

const quote = (text: string): string => `'${text}'`;

/** Writes commands that replace those of npm, Quix and Kubernetes, and returns their folder. */
function placeCommands(): string {
  const bin = join(folder(), 'bin');
  if (existsSync(bin)) return bin;
  mkdirSync(bin);
  const tsx = createRequire(import.meta.url).resolve('tsx');
  const node = [process.execPath, '--import', tsx, `${root}src/cli/main.ts`].map(quote).join(' ');
  const commands = {
    npx: `[ "$1" = quix-auth ] && shift && exec ${node} "$@"`,
    quix: 'echo "quix $*" >>calls',
    // The output of `create -o yaml` is the input of `apply`.
    kubectl: `echo "kubectl $*" >>calls
case "$1" in
  create) printf 'data:\\n  token: %s\\n' "$(base64 -w0 /dev/stdin)" ;;
  apply) cat >applied.yaml ;;
esac`,
  };
  for (const [name, code] of Object.entries(commands)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${code}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}

/** Runs the code block with this name in the folder of the test. */
async function run(
  name: string,
  env: Readonly<Record<string, string>> = {},
  { stdin = '', end = '', url }: { stdin?: string; end?: string; url?: string } = {},
): Promise<Result> {
  const { language = 'sh', code = 'exit 99' } = blocks.get(name) ?? {};
  const script = code.replaceAll(/http:\/\/prometheus:\d+/g, url ?? '$&') + end;
  const child = spawn(language, ['-c', script], {
    cwd: folder(),
    env: {
      PATH: `${placeCommands()}:${process.env['PATH'] ?? ''}`,
      TSX_TSCONFIG_PATH: `${root}tsconfig.json`,
      ...env,
    },
  });
  child.stdin.on('error', () => undefined); // A command may end before it has read its input.
  child.stdin.end(stdin);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  }
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { code: exitCode ?? -1, text: unwrap(text) };
}

const calls = (): string[] => readFileSync(join(folder(), 'calls'), 'utf8').trim().split('\n');

const variables = ({ url, token1, token2 }: PortalEmulator) => ({
  Quix__Portal__Api: url,
  TOKEN_1: token1,
  TOKEN_2: token2,
});

describe('the commands of docs/rotation.md', () => {
  it('all have a name by which a test runs them', () => {
    const source = readFileSync(fileURLToPath(import.meta.url), 'utf8');
    expect(SHELL_BLOCKS.length).toBeGreaterThan(10);
    for (const [name] of SHELL_BLOCKS) expect(source, name).toContain(`run('${name}'`);
  });

  it('rotate the tokens of a service in four steps', async () => {
    const portal = await startPortal();
    const env = variables(portal);
    const quix = makeClient(portal);
    await quix.getBrokerCredentials();
    const health = await serve(() => ({ body: quix.describe() }));
    writeFileSync(join(folder(), 'services.txt'), `orders=${health.url}\n`);

    const stdin = `${env.TOKEN_1}\n${env.TOKEN_2}\n`;
    // The hash shows that the variables are exported, without a secret in the output.
    const end = '\nprintenv TOKEN_1 TOKEN_2 | sha256sum';
    const hash = createHash('sha256').update(stdin).digest('hex');
    expect((await run('set-tokens', {}, { stdin, end })).text).toContain(hash);
    const before = await run('before', env);
    expect(before.text).toMatch(/Not yet: orders still uses Token 1$/);
    expect(before.code).toBe(1);
    const { url } = await serve(() => ({
      body: { status: 'success', data: { resultType: 'vector', result: [] } },
    }));
    const prometheus = await run('prometheus', env, { url });
    expect(prometheus.text).toMatch(/Not yet: no instance was found$/);

    const watching = run('watch', env);
    await vi.waitUntil(() => health.requests.length === 2, { timeout: 60_000 });
    await quix.rotateToken(env.TOKEN_2);
    const watched = await watching;
    expect(watched.text).toContain('Not yet: orders still uses Token 1');
    expect(watched.text).toMatch(/Safe to rotate: 1 of 1 instance uses Token 2$/);
    expect(watched.code).toBe(0);

    expect((await run('quix-rotate')).code).toBe(0);
    portal.rotateTokens();
    const after = await run('after', env);
    expect(after.text).toMatch(/Rotated: 1 of 1 instance uses Token 2\. No instance/);
    expect(after.code).toBe(0);
  });

  it("have the syntax of Quix's command line", async () => {
    await run('quix-get');
    await run('quix-rotate');
    await run('quix-sync');
    expect(calls()).toEqual([
      // `quix cloud environments tokens get|rotate [<workspace-id>]`, `… environments sync [<workspace-id>]`
      'quix cloud environments tokens get org-project-dev',
      'quix cloud environments tokens rotate org-project-dev',
      'quix cloud environments sync org-project-dev',
    ]);
  });

  it('check the services of two environments', async () => {
    const portal = await startPortal();
    portal.addWorkspace({ workspaceId: 'org-project-prod' });
    const [PROD_TOKEN_1 = '', PROD_TOKEN_2 = ''] = [1, 2].map(() =>
      portal.addToken({ workspaces: ['org-project-prod'] }),
    );
    const { url: Quix__Portal__Api, token1: DEV_TOKEN_1, token2: DEV_TOKEN_2 } = portal;
    for (const [name, token] of Object.entries({ DEV: DEV_TOKEN_2, PROD: PROD_TOKEN_2 })) {
      const quix = makeClient(portal, { token });
      const health = await serveHealth(() => quix.describe());
      writeFileSync(join(folder(), `services-${name}.txt`), `orders=${health}\n`);
    }
    const tokens = { DEV_TOKEN_1, DEV_TOKEN_2, PROD_TOKEN_1, PROD_TOKEN_2 };
    const { text } = await run('environments', { Quix__Portal__Api, ...tokens });
    expect(text.match(/Safe to rotate: 1 of 1/g)).toHaveLength(2);
    expect(text).toContain('org-project-prod');
  });

  it("show by a hash whether a rotation changed the broker's password", async () => {
    const sasl = { password: randomSecret('pw-') };
    const portal = await startPortal({ broker: { sasl } });
    const env = variables(portal);
    const { text: before } = await run('password-hash', env);
    expect(before).toMatch(/^[0-9a-f]{64} -$/);
    portal.rotateTokens();
    expect((await run('password-hash', env)).text).toBe(before);
    portal.setBroker({ sasl: { password: randomSecret('pw-') } });
    const changed = await run('password-hash', env);
    expect(changed.text).toMatch(/^[0-9a-f]{64} -$/);
    expect(changed.text).not.toBe(before);
  });

  it('store Token 2 in the secret of examples/kubernetes, and restart its deployment', async () => {
    const token = randomSecret();
    expect((await run('kubernetes-secret', { TOKEN_2: token })).code).toBe(0);
    await run('kubernetes-restart');
    const applied = parse(readFileSync(join(folder(), 'applied.yaml'), 'utf8')) as {
      data: { token: string };
    };
    expect(Buffer.from(applied.data.token, 'base64').toString()).toBe(token);
    expect(calls().sort()).toEqual([
      'kubectl apply -f -',
      'kubectl create secret generic quix-token --from-file=token=/dev/stdin --dry-run=client -o yaml',
      'kubectl rollout restart deployment/my-service',
    ]);
  });
});

describe('docs/rotation.md', () => {
  it.each(FILE_BLOCKS)('shows consecutive lines of %s', (path, { code }) => {
    const wanted = dedent(code).trim();
    const lines = readFileSync(root + path, 'utf8').split('\n');
    const length = wanted.split('\n').length;
    const parts = lines.map((_, start) => dedent(lines.slice(start, start + length).join('\n')));
    expect(parts.map((part) => part.trim())).toContain(wanted);
  });

  it('says that only a second rotation deactivates Token 2, and what a service needs then', async () => {
    const portal = await startPortal();
    const { token1: token, token2: fallbackToken } = portal;
    const quix = makeClient(portal, { token, fallbackToken });
    const refresh = () => quix.getBrokerCredentials({ forceRefresh: true });
    portal.rotateTokens();
    await refresh();
    expect(quix.describe().token?.source).toBe('fallbackToken');
    portal.rotateTokens();
    await expect(refresh()).rejects.toMatchObject({ code: 'QUIX_TOKEN_REJECTED' });
    await quix.rotateToken(portal.token2);
    await refresh();
  });
});

describe('examples/quix/quix.yaml', () => {
  interface Variable {
    readonly [key: string]: unknown;
    readonly name: string;
  }
  const text = readFileSync(`${root}examples/quix/quix.yaml`, 'utf8');
  const { metadata, deployments } = parse(text) as {
    metadata: object;
    deployments: ({ variables: Variable[] } & Readonly<Record<string, unknown>>)[];
  };

  it("has the structure that Quix's documentation shows", () => {
    expect(metadata).toEqual({ version: 2 });
    expect(deployments.map((each) => Object.keys(each))).toEqual([
      ['name', 'application', 'deploymentType', 'version', 'resources', 'variables'],
    ]);
  });

  it('binds a project variable, and contains neither a value nor a template', () => {
    const [variable] = deployments.flatMap(({ variables: each }) => each);
    expect(variable).toEqual({
      name: 'MY_QUIX_TOKEN',
      inputType: 'ProjectVariable',
      description: expect.any(String) as string,
      required: true,
      variableKey: expect.stringMatching(/^[A-Z_][A-Z0-9_]*$/) as string,
    });
    expect(text).not.toContain('{{');
    const program = readFileSync(`${root}examples/rotation-own-variable.ts`, 'utf8');
    expect(program).toContain(`process.env['${variable?.name ?? ''}']`);
  });
});

describe('examples/kubernetes/deployment.yaml', () => {
  it('mounts the secret that the document creates, as a folder that holds the token file', () => {
    const text = readFileSync(`${root}examples/kubernetes/deployment.yaml`, 'utf8');
    const { kind, metadata, spec } = parse(text) as {
      kind: string;
      metadata: { name: string };
      spec: {
        template: {
          spec: {
            containers: {
              env: { name: string; value: string }[];
              volumeMounts: { name: string; mountPath: string }[];
            }[];
            volumes: { name: string; secret: object }[];
          };
        };
      };
    };
    expect({ kind, name: metadata.name }).toEqual({ kind: 'Deployment', name: 'my-service' });
    const { containers, volumes } = spec.template.spec;
    const [mount] = containers.flatMap(({ volumeMounts }) => volumeMounts);
    expect(volumes).toMatchObject([{ name: mount?.name, secret: { secretName: 'quix-token' } }]);
    expect(mount).not.toHaveProperty('subPath');
    const [file] = containers.flatMap(({ env }) => env);
    const path = `${mount?.mountPath ?? ''}/token`;
    expect(file).toEqual({ name: 'Quix__Sdk__Token_FILE', value: path });
    const program = readFileSync(`${root}examples/kubernetes/service.ts`, 'utf8');
    expect(program).toContain(`Quix__Sdk__Token_FILE=${path}`);
  });
});
