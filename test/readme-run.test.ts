import { createRequire } from 'node:module';
import { dirname } from 'node:path';
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
