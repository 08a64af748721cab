import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startPortalEmulator, type PortalEmulator } from '../../src/testing/index.ts';
import { installOnce } from '../kafka/support/cached-install.ts';
import { randomSecret } from '../support/leaks.ts';

const run = promisify(execFile);
/** The versions that docs/toolchains.md names as tested. */
const BUN = '1.4.5';
const DENO = '2.9.6';
const RUNTIMES = [
  ['bun', BUN, []],
  ['deno', DENO, ['run', '-A']],
] as const;

const PROGRAM = `
import { inspect } from 'node:util';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { createPortalState, startPortalEmulator } from 'quix-streams-auth/testing';
import { portalHandlers } from 'quix-streams-auth/testing/msw';

const quix = new QuixStreamingClient();
const credentials = await quix.getBrokerCredentials();
const topic = await quix.getTopic('f1-data');
const config = kafkaJSConfig(quix);
const rejected = await new QuixStreamingClient({ token: process.env.WRONG_TOKEN })
  .getBrokerCredentials().catch((error) => error);
let missing;
try {
  portalHandlers(createPortalState());
} catch (error) {
  missing = error;
}
const portal = await startPortalEmulator();
await portal.close();
console.log(JSON.stringify({
  brokers: credentials.brokers,
  topic: topic.id,
  fromAdapter: await config.brokers(),
  rejected: rejected instanceof QuixError && rejected.code,
  missing: [missing.code, missing.message],
  emulator: portal.workspaceId,
  isHidden: ![JSON.stringify(credentials), inspect(quix), inspect(credentials)].join().includes(credentials.sasl.password),
}));
`;

describe('the packed tarball, with an emulator in another process, under', () => {
  let portal: PortalEmulator;

  beforeAll(async () => {
    portal = await startPortalEmulator();
    portal.setBroker({ brokers: ['localhost:9092'], securityProtocol: 'SASL_PLAINTEXT' });
    writeFileSync(join(inject('folder'), 'runtime.mjs'), PROGRAM);
  });

  afterAll(() => portal.close());

  it.each(RUNTIMES)('%s %s exchanges a token and finds a topic', async (name, version, args) => {
    const folder = installOnce(`${name}-${version}`, `${name}@${version}`);
    const command = join(folder, 'node_modules', '.bin', name);
    const { stdout: versionOutput } = await run(command, ['--version']);
    expect(versionOutput).toContain(version);
    const { stdout } = await run(command, [...args, 'runtime.mjs'], {
      cwd: inject('folder'),
      env: { ...process.env, ...portal.env, WRONG_TOKEN: randomSecret() },
    });
    expect(JSON.parse(stdout)).toEqual({
      brokers: ['localhost:9092'],
      topic: 'org-project-dev-f1-data',
      fromAdapter: ['localhost:9092'],
      rejected: 'QUIX_TOKEN_REJECTED',
      missing: ['QUIX_CONFIG', expect.stringContaining('npm install --save-dev msw')],
      emulator: 'org-project-dev',
      isHidden: true,
    });
  });
});
