import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPortalEmulator, type PortalEmulator } from 'quix-streams-auth/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countMessages } from '../kafka/support/kafka-access.ts';
import { portalBroker } from '../kafka/support/portal-broker.ts';
import { sharedKafka } from '../kafka/support/shared-kafka.ts';
import { waitUntil } from '../kafka/support/wait-until.ts';
import { examplePath, startProgram, type Program } from '../support/program.ts';

const kafka = sharedKafka();
const CHECK_EVERY_MS = '300';
let portal: PortalEmulator;
let topic: string;

beforeEach(async () => {
  portal = await startPortalEmulator();
  portal.setBroker(portalBroker(kafka));
  topic = `data-${randomUUID()}`;
  await kafka.createTopic(`${portal.workspaceId}-${topic}`);
});
afterEach(async () => {
  await portal.close();
});

const start = (name: string, env: NodeJS.ProcessEnv, ...args: string[]): Program =>
  startProgram(
    examplePath(`${name}.ts`),
    { Quix__Portal__Api: portal.url, TOPIC: topic, ...env },
    ...args,
  );

async function waitForMoreMessages({ child, output }: Program): Promise<void> {
  const count = (): Promise<number> => countMessages(kafka, `${portal.workspaceId}-${topic}`);
  const before = await count();
  await waitUntil(async () => (await count()) > before, {
    timeoutMs: 60_000,
    what: 'Sending',
    details: output,
    reasonToStop: () => (child.exitCode === null ? undefined : `The program ended: ${output()}`),
  });
}

describe('examples/rotation-restart.ts', () => {
  it('keeps sending after a rotation, and starts again only with the current token', async () => {
    const token = portal.token1;
    const service = start('rotation-restart', { Quix__Sdk__Token: token });
    await waitForMoreMessages(service);
    portal.rotateTokens();
    await waitForMoreMessages(service);
    await service.stops();

    const output = await start('rotation-restart', { Quix__Sdk__Token: token }).fails();
    expect(output).toMatch(/QUIX_TOKEN_REJECTED/);
    expect(output).toMatch(/Quix__Sdk__Token/);
    expect(output).not.toContain(token);

    const restarted = start('rotation-restart', { Quix__Sdk__Token: portal.token1 });
    await waitForMoreMessages(restarted);
    await restarted.stops();
  });
});

describe('examples/rotation-own-variable.ts', () => {
  it('is not affected by a rotation after a restart with Token 2', async () => {
    const first = start('rotation-own-variable', { MY_QUIX_TOKEN: portal.token1 });
    await waitForMoreMessages(first);
    await first.stops();
    const { token2 } = portal;
    const restarted = start('rotation-own-variable', { MY_QUIX_TOKEN: token2 });
    await waitForMoreMessages(restarted);
    portal.rotateTokens();
    await waitForMoreMessages(restarted);
    await restarted.stops();
    const later = start('rotation-own-variable', { MY_QUIX_TOKEN: token2 });
    await waitForMoreMessages(later);
    await later.stops();
  });
});

describe('examples/rotation-fallback.ts', () => {
  it('switches to Token 2 when Token 1 is deactivated', async () => {
    const service = start('rotation-fallback', {
      MY_QUIX_TOKEN_1: portal.token1,
      MY_QUIX_TOKEN_2: portal.token2,
      CHECK_EVERY_MS,
    });
    await waitForMoreMessages(service);
    portal.rotateTokens();
    await service.says(/switched from argument to fallbackToken/);
    await waitForMoreMessages(service);
    await service.stops();
  });
});

describe('examples/rotation-file.ts', () => {
  it('switches to the new token in its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quix-example-'));
    const path = join(folder, 'token');
    try {
      await writeFile(path, portal.token1);
      const service = start('rotation-file', { CHECK_EVERY_MS }, path);
      await waitForMoreMessages(service);
      await writeFile(path, portal.token2);
      await service.says(/switched to the new token from tokenFile/);
      portal.rotateTokens();
      await waitForMoreMessages(service);
      await service.stops();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('examples/rotation-vault.ts', () => {
  it('switches to the new token in the vault', async () => {
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
      await waitForMoreMessages(service);
      portal.rotateTokens();
      await service.says(/switched to the new token from provider/);
      await waitForMoreMessages(service);
      await service.stops();
    } finally {
      vault.close();
    }
  });
});

describe('examples/rotation-command.ts', () => {
  it('refuses a token that the Portal does not know, and switches to one that it knows', async () => {
    const service = start('rotation-command', { MY_QUIX_TOKEN: portal.token1 });
    await waitForMoreMessages(service);
    service.child.stdin?.write(`${randomUUID()}\n`);
    await service.says(/not rotated: .*401/);
    service.child.stdin?.write(`${portal.token2}\n`);
    await service.says(/^rotated$/m);
    portal.rotateTokens();
    await waitForMoreMessages(service);
    await service.stops();
    expect(service.output()).not.toContain(portal.token1);
  });
});
