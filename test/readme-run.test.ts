import type { PortalEmulator } from 'quix-streams-auth/testing';
import { describe, expect, it, vi } from 'vitest';
import { closeAfterEach, startPortal } from './support/portal-clients.ts';
import { placeProgram, startProgram } from './support/program.ts';
import { codeOf, namesOf } from './support/readme-snippets.ts';

closeAfterEach();
// Programs are started: Node, tsx and the source, each time.
vi.setConfig({ testTimeout: 60_000 });

/** What each program prints when it is run as it stands. */
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
    expect(await startProgram(path, portal.env).succeeds()).toBe('');
    portal.revokeToken(portal.token1);
    const program = startProgram(path, portal.env);
    expect(await program.fails()).toMatch(/^QUIX_TOKEN_REJECTED /);
    expect(program.child.exitCode).toBe(78);
  },
  async testing(path) {
    expect(await startProgram(path, {}).succeeds()).toBe("[ 'localhost:9092' ]\n2\n");
  },
};

describe('README example that needs no more than a Portal:', () => {
  it.each(Object.entries(RUN))('%s', async (name, run) => {
    await run(placeProgram(`${name}.mts`, codeOf(name)), await startPortal());
  });

  it('each is run', () => {
    expect(Object.keys(RUN).sort()).toEqual(namesOf('portal').sort());
  });
});
