import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { expect, it, vi } from 'vitest';
import { closeAfterEach, startPortal } from './support/portal-clients.ts';
import { placeProgram, startProgram } from './support/program.ts';
import { startSaslBroker } from './support/sasl-broker.ts';
import { codeOf, namesOf } from './support/readme-snippets.ts';

closeAfterEach();
const kafkajs = dirname(createRequire(import.meta.url).resolve('kafkajs/package.json'));
// Each test starts a Node process with tsx.
vi.setConfig({ testTimeout: 60_000 });

/** Runs each program as it is in the README, and checks its output. */
const RUN: Readonly<Record<string, (path: string, portal: PortalEmulator) => Promise<void>>> = {
  async rotation(path, portal) {
    const { token1, token2 } = portal;
    const env = { ...portal.env, MY_QUIX_TOKEN_1: token1, MY_QUIX_TOKEN_2: token2 };
    expect(await startProgram(path, env).succeeds()).toBe('');
    portal.requests.length = 0;
    portal.rotateTokens();
    await startProgram(path, env).succeeds();
    expect(portal.requests.map(({ status }) => status)).toEqual([401, 200, 200]);
  },
  async errors(path, portal) {
    const { address } = await startSaslBroker();
    const sasl = { mechanism: 'PLAIN' };
    portal.setBroker({ brokers: [address], securityProtocol: 'SASL_PLAINTEXT', sasl });
    expect(await startProgram(path, portal.env).succeeds()).not.toContain('QUIX_');
    portal.revokeToken(portal.token1);
    const program = startProgram(path, portal.env);
    expect(await program.fails()).toMatch(/^QUIX_TOKEN_REJECTED The Portal/m);
    expect(program.child.exitCode).toBe(78);
    const withoutToken = startProgram(path, {});
    expect(await withoutToken.fails()).toMatch(/^QUIX_TOKEN_MISSING /m);
    expect(withoutToken.child.exitCode).toBe(78);
  },
  async 'token-file'(path, portal) {
    const file = join(dirname(path), 'token');
    writeFileSync(file, portal.token1);
    const env = { Quix__Portal__Api: portal.url, Quix__Sdk__Token_FILE: file };
    const expected = "{ source: 'Quix__Sdk__Token_FILE' }\n";
    expect(await startProgram(path, env).succeeds()).toBe(expected);
    expect(portal.requests.at(-1)).toMatchObject({ status: 200 });
    const both = startProgram(path, { ...env, Quix__Sdk__Token: portal.token1 });
    expect(await both.fails()).toContain('QUIX_CONFIG');
  },
  async fetch(path, portal) {
    expect(await startProgram(path, portal.env).succeeds()).toBe('200\n');
    portal.revokeToken(portal.token1);
    expect(await startProgram(path, portal.env).succeeds()).toBe('401\n');
  },
  async testing(path) {
    expect(await startProgram(path, {}).succeeds()).toBe("[ 'localhost:9092' ]\n2\n");
  },
};

it.each(Object.entries(RUN))(
  'the README program "%s" does what the README says, with a Portal emulator',
  async (name, run) => {
    await run(placeProgram(`${name}.mts`, codeOf(name), { kafkajs }), await startPortal());
  },
);

it('every README program that needs a Portal is run by this file', () => {
  expect(Object.keys(RUN).sort()).toEqual(namesOf('portal').sort());
});
