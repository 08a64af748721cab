import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startKafka, type KafkaCluster } from '../kafka/support/kafka-cluster.ts';
import { startNestEnvironment } from '../kafka/support/nest-environment.ts';
import { portalBroker } from '../kafka/support/portal-broker.ts';
import { waitUntil } from '../kafka/support/wait-until.ts';
import { compileNestExample, type NestVersion } from '../support/nest-program.ts';
import { startProgram, type Program } from '../support/program.ts';

const DEV = 'org-project-dev';
const PROD = 'org-project-prod';
const MECHANISM = 'SCRAM-SHA-512';
let kafka: KafkaCluster;
let portal: PortalEmulator;
let folder: string;

beforeAll(async () => {
  // Within 12 s, kafkajs logs in again on each connection.
  kafka = await startKafka({ sessionLifetimeMs: 12_000, proxies: true });
  for (const topic of [`${DEV}-laps`, `${PROD}-laps`]) await kafka.createTopic(topic);
});
afterAll(async () => {
  await kafka.stop();
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quix-nest-'));
  portal = await startNestEnvironment(kafka, ['orders', 'orders.reply'], DEV);
  portal.addTopic('laps');
  portal.addWorkspace({ workspaceId: PROD, topics: ['laps'] });
  portal.setBroker(portalBroker(kafka), PROD);
  writeFileSync(join(folder, 'token'), portal.token1);
});
afterEach(async () => {
  await kafka.setScramPassword(MECHANISM, kafka.user.password);
  await portal.close();
  rmSync(folder, { recursive: true });
});

async function start(version: NestVersion, env: NodeJS.ProcessEnv = {}): Promise<Program> {
  return startProgram(await compileNestExample(version), {
    Quix__Portal__Api: portal.url,
    QUIX_TOKEN_FILE: join(folder, 'token'),
    PROD_QUIX_TOKEN: portal.addToken({ workspaces: [PROD] }),
    PORT: '0',
    ...env,
  });
}

async function post(address: string, path: string, body: object): Promise<unknown> {
  const response = await fetch(`${address}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(201);
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

async function addressOf(program: Program): Promise<string> {
  await program.says(/listening on \S+/);
  return /listening on (\S+)/.exec(program.output())?.[1] ?? '';
}

describe.each([11, 12] as const)('examples/nestjs with NestJS %i', (version) => {
  it('handles events of two environments and answers requests, during a rotation and a new password, and ends on SIGTERM', async () => {
    const program = await start(version);
    const address = await addressOf(program);

    await post(address, 'laps', { speed: 312 });
    await program.says(/received {"speed":312} from laps/);
    await post(address, 'production/laps', { speed: 298 });
    await program.says(/received {"speed":298} in production/);
    expect(await post(address, 'orders', { count: 2 })).toEqual({ price: 20 });
    expect(await (await fetch(`${address}/health/ready`)).json()).toMatchObject({
      status: 'ok',
      info: { quix: { status: 'up', state: 'ready' } },
    });

    let sent = 0;
    const stop = new AbortController();
    const sending = (async () => {
      while (!stop.signal.aborted) {
        await post(address, 'laps', { lap: sent });
        sent += 1;
        await delay(20);
      }
    })();
    const waitForMore = async (): Promise<void> => {
      const { length } = program.output().match(/"lap":/g) ?? [];
      await waitUntil(
        () => Promise.resolve((program.output().match(/"lap":/g) ?? []).length > length + 20),
        { timeoutMs: 60_000, what: 'Receiving more laps', details: program.output },
      );
    };
    await waitForMore();

    writeFileSync(join(folder, 'token'), portal.token2);
    portal.rotateTokens();
    await waitForMore();

    const password = randomBytes(16).toString('hex');
    await kafka.setScramPassword(MECHANISM, password);
    for (const workspaceId of [DEV, PROD]) {
      portal.setBroker(portalBroker(kafka, { password }), workspaceId);
    }
    portal.requests.length = 0;
    await waitUntil(() => Promise.resolve(portal.requests.some(({ status }) => status === 200)), {
      timeoutMs: 30_000,
      what: 'The exchange after a refused login',
      details: program.output,
    });
    await waitForMore();
    expect(await post(address, 'orders', { count: 3 })).toEqual({ price: 30 });

    stop.abort();
    await sending;
    await program.says(new RegExp(`received {"lap":${sent - 1}} from laps`));
    const { length: shutdownFrom } = program.output();
    program.child.kill('SIGTERM');
    await once(program.child, 'close');
    const output = program.output();
    const shutdown = output.slice(shutdownFrom);
    // After the shutdown hooks, Nest ends the process with the signal.
    expect(program.child.signalCode).toBe('SIGTERM');
    expect(shutdown.match(/\[Consumer\] Stopped/g), 'two servers and a client').toHaveLength(3);
    const laps = new Set(
      [...output.matchAll(/received {"lap":(\d+)} from laps/g)].map(([, n]) => n),
    );
    expect(laps.size).toBe(sent);
    expect(output).not.toContain(password);
    expect(output).not.toContain(portal.token2);
  });

  it('ends with the error of this package if the token is wrong', async () => {
    const program = await start(version, { PROD_QUIX_TOKEN: `sdk-${'0'.repeat(32)}` });
    expect(await program.fails()).toMatch(/^QUIX_TOKEN_REJECTED .*PROD_QUIX_TOKEN/m);
    expect(program.child.exitCode).toBe(78);
  });
});

it('examples/nestjs ends with exit code 1 after the final error of a consumer, so that a supervisor starts it again', async () => {
  const program = await start(12);
  await addressOf(program);
  // Neither the password nor the token is valid any more, so the consumers cannot recover.
  portal.revokeToken(portal.token1);
  await kafka.setScramPassword(MECHANISM, randomBytes(16).toString('hex'));
  kafka.proxies[0]?.cut();
  expect(await program.fails()).toMatch(/^A consumer has ended\. QUIX_TOKEN_REJECTED$/m);
  expect(program.child.exitCode).toBe(1);
});
