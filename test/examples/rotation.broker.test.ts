import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withAdmin } from '../kafka/support/kafka-access.ts';
import { portalBroker } from '../kafka/support/portal-broker.ts';
import { sharedKafka } from '../kafka/support/shared-kafka.ts';
import { waitUntil } from '../kafka/support/wait-until.ts';

const kafka = sharedKafka();
const CHECK_EVERY_MS = '300';
/** Ten times what it takes, on a machine that has something else to do. */
const PATIENCE_MS = 60_000;
let portal: PortalEmulator;
let topic: string;
let programs: Program[] = [];

interface Program {
  readonly child: ChildProcess;
  readonly output: () => string;
}

beforeEach(async () => {
  portal = await startPortalEmulator();
  portal.setBroker(portalBroker(kafka));
  topic = `data-${randomUUID()}`;
  await kafka.createTopic(`${portal.workspaceId}-${topic}`);
});
afterEach(async () => {
  for (const { child } of programs) child.kill('SIGKILL');
  programs = [];
  await portal.close();
});

function start(name: string, env: NodeJS.ProcessEnv, ...args: string[]): Program {
  const path = fileURLToPath(new URL(`../../examples/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    env: { PATH: process.env['PATH'], Quix__Portal__Api: portal.url, TOPIC: topic, ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const program = { child, output: () => output };
  programs.push(program);
  return program;
}

async function countMessages(): Promise<number> {
  const offsets = await withAdmin({ brokers: kafka.bootstrap.plaintext }, (admin) =>
    admin.fetchTopicOffsets(`${portal.workspaceId}-${topic}`),
  );
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
}

async function sendsMore({ child, output }: Program): Promise<void> {
  const before = await countMessages();
  await waitUntil(async () => (await countMessages()) > before, {
    timeoutMs: PATIENCE_MS,
    what: 'Sending',
    details: output,
    reasonToStop: () => (child.exitCode === null ? undefined : `It ended: ${output()}`),
  });
}

async function says({ output }: Program, text: RegExp): Promise<void> {
  await waitUntil(() => Promise.resolve(text.test(output())), {
    timeoutMs: PATIENCE_MS,
    what: `Saying ${text.source}`,
    details: output,
  });
}

async function stopsCleanly({ child, output }: Program): Promise<void> {
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code, output()).toBe(0);
}

async function ends({ child, output }: Program): Promise<string> {
  await once(child, 'close');
  expect(child.exitCode, output()).not.toBe(0);
  return output();
}

describe('examples/rotation-restart.ts', () => {
  it('goes on after a rotation, is told to start with the current token, and does', async () => {
    const token = portal.token1;
    const service = start('rotation-restart', { Quix__Sdk__Token: token });
    await sendsMore(service);
    portal.rotateTokens();
    await sendsMore(service);
    await stopsCleanly(service);

    const told = await ends(start('rotation-restart', { Quix__Sdk__Token: token }));
    expect(told).toMatch(/QUIX_TOKEN_REJECTED/);
    expect(told).toMatch(/Quix__Sdk__Token/);
    expect(told).not.toContain(token);

    const restarted = start('rotation-restart', { Quix__Sdk__Token: portal.token1 });
    await sendsMore(restarted);
    await stopsCleanly(restarted);
  });
});

describe('examples/rotation-own-variable.ts', () => {
  it('is not concerned by a rotation once it was restarted with Token 2', async () => {
    const first = start('rotation-own-variable', { MY_QUIX_TOKEN: portal.token1 });
    await sendsMore(first);
    await stopsCleanly(first);
    const { token2 } = portal;
    const restarted = start('rotation-own-variable', { MY_QUIX_TOKEN: token2 });
    await sendsMore(restarted);
    portal.rotateTokens();
    await sendsMore(restarted);
    await stopsCleanly(restarted);
    const later = start('rotation-own-variable', { MY_QUIX_TOKEN: token2 });
    await sendsMore(later);
    await stopsCleanly(later);
  });
});

describe('examples/rotation-fallback.ts', () => {
  it('goes over to Token 2 when Token 1 dies', async () => {
    const service = start('rotation-fallback', {
      MY_QUIX_TOKEN_1: portal.token1,
      MY_QUIX_TOKEN_2: portal.token2,
      CHECK_EVERY_MS,
    });
    await sendsMore(service);
    portal.rotateTokens();
    await says(service, /gave way to fallbackToken/);
    await sendsMore(service);
    await stopsCleanly(service);
  });
});

describe('examples/rotation-file.ts', () => {
  it('goes over to the token that was put into the file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quix-example-'));
    const path = join(folder, 'token');
    try {
      await writeFile(path, portal.token1);
      const service = start('rotation-file', { CHECK_EVERY_MS }, path);
      await sendsMore(service);
      await writeFile(path, portal.token2);
      await says(service, /another token from \S+ .*is in use/);
      portal.rotateTokens();
      await sendsMore(service);
      await stopsCleanly(service);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('examples/rotation-vault.ts', () => {
  it('asks the vault again, and goes over to the token that is there now', async () => {
    const vaultToken = randomUUID();
    const vault = createServer((request, response) => {
      const isAllowed =
        request.url === '/v1/secret/data/quix' && request.headers['x-vault-token'] === vaultToken;
      response
        .writeHead(isAllowed ? 200 : 403)
        .end(JSON.stringify({ data: { data: { token: portal.token1 } } }));
    }).listen(0, '127.0.0.1');
    await once(vault, 'listening');
    try {
      const service = start('rotation-vault', {
        VAULT_ADDR: `http://127.0.0.1:${(vault.address() as AddressInfo).port}`,
        VAULT_TOKEN: vaultToken,
        CHECK_EVERY_MS,
      });
      await sendsMore(service);
      portal.rotateTokens();
      await says(service, /another token .*is in use/);
      await sendsMore(service);
      await stopsCleanly(service);
    } finally {
      vault.close();
    }
  });
});

describe('examples/rotation-command.ts', () => {
  it('refuses a token that the Portal does not know, and goes over to one that it does', async () => {
    const service = start('rotation-command', { MY_QUIX_TOKEN: portal.token1 });
    await sendsMore(service);
    service.child.stdin?.write(`${randomUUID()}\n`);
    await says(service, /not rotated: .*QUIX_TOKEN_REJECTED|not rotated: .*401/);
    service.child.stdin?.write(`${portal.token2}\n`);
    await says(service, /^rotated$/m);
    portal.rotateTokens();
    await sendsMore(service);
    await stopsCleanly(service);
    expect(service.output()).not.toContain(portal.token1);
  });
});
