import { execFileSync } from 'node:child_process';
import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';

const PROGRAM = `
  import { QuixStreamingClient } from 'quix-streams-auth';
  const quix = new QuixStreamingClient({ token: 'sdk-x', portalApi: 'http://127.0.0.1:1', env: {} });
  const { code, retryable, hint } = await quix.getBrokerCredentials().catch((error) => error);
  console.log(JSON.stringify({ code, retryable, hint }));`;

it('names the missing option of Node if undici may not be read', () => {
  const folder = realpathSync(inject('folder'));
  const program = join(folder, 'permission-model.mjs');
  writeFileSync(program, PROGRAM);
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? ['--permission']
    : ['--experimental-permission', '--no-warnings'];
  const files = [
    program,
    join(folder, 'package.json'),
    join(folder, 'node_modules/quix-streams-auth/'),
  ];
  const read = files.map((file) => `--allow-fs-read=${file}`);
  const output = execFileSync(process.execPath, [...flag, ...read, program], { encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual({
    code: 'QUIX_PORTAL_UNAVAILABLE',
    retryable: false,
    hint: 'Start Node with --allow-fs-read for the folder of the application.',
  });
});
