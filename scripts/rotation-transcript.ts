// `npm run rotation-transcript` rotates the tokens of the five services in examples/rotation-fleet.ts, with
// `quix-auth emulate` as the Portal. It writes the commands and their output to docs/rotation.md, between two
// markers. Tokens, fingerprints, times and ports are replaced, so the text is always the same. With --check,
// the script writes nothing, and fails if docs/rotation.md contains another text.
import { randomBytes } from 'node:crypto';
import { execFileSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { findFreePorts } from '../test/kafka/support/free-ports.ts';
import { waitUntil } from '../test/kafka/support/wait-until.ts';
import { Transcript } from './transcript.ts';

const BEGIN = '<!-- npm run rotation-transcript writes the text from here -->';
const END = '<!-- to here -->';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quix-rotation-'));
const ports = await findFreePorts(6);
const tsx = createRequire(import.meta.url).resolve('tsx');

/**
 * Returns a command of the document as it can run here: with free ports, and without `npx`, which
 * needs an installed package.
 */
const executable = (command: string): string =>
  command
    .replaceAll(/\b808(\d)\b/g, (_, digit: string) => `${ports[Number(digit)] ?? 0}`)
    .replaceAll('npx quix-auth', `${process.execPath} --import ${tsx} ${root}src/cli/main.ts`)
    .replaceAll('npx tsx ', `${process.execPath} --import ${tsx} ${root}`);

const fingerprints = new Map<string, string>();
const times = new Map<string, string>();
/** Number of the current step. */
let step = 0;

/** Replaces fingerprints and times. The document shows the number of a step as minutes. */
const transcript = new Transcript(folder, (output) =>
  output
    .replaceAll(/\b[0-9a-f]{12}\b/g, (fingerprint) => {
      const shown = fingerprints.get(fingerprint) ?? `${fingerprints.size + 1}`.repeat(12);
      fingerprints.set(fingerprint, shown);
      return shown;
    })
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (time) => {
      const shown = times.get(time) ?? `2026-11-30T12:${String(step).padStart(2, '0')}:00.000Z`;
      times.set(time, shown);
      return shown;
    }),
);
const { env } = transcript;
const write = transcript.write.bind(transcript);

/** Runs a command and writes its output. */
async function run(command: string, code = 0): Promise<void> {
  step++;
  await transcript.run(executable(command), { code, title: command });
  if (code !== 0) write(`The exit code is ${code}.`, '');
}

/**
 * Starts a command. `exec` replaces the shell, so that a signal reaches the program. It needs `env`,
 * because the command may begin with variables.
 */
async function start(command: string, pattern: RegExp): Promise<ChildProcess> {
  const code = `exec env ${executable(command)}`;
  return (await transcript.start('sh', ['-c', code], pattern)).child;
}

const startService = (command: string): Promise<ChildProcess> => start(command, /is listening on/);

async function startEmulator(tokenVariables: string): Promise<ChildProcess> {
  const command = `npx quix-auth emulate --port 8080 ${tokenVariables} --password-env-var BROKER_PASSWORD`;
  return await start(command, /listens at/);
}

async function fingerprintAt(port: number): Promise<string> {
  const response = await fetch(executable(`http://127.0.0.1:${port}/`));
  const { token } = (await response.json()) as { token: { fingerprint: string } };
  return token.fingerprint;
}

/** Calls `change`, and waits until a service uses another token than before. */
async function changeToken(port: number, change: () => Promise<unknown>): Promise<void> {
  const before = await fingerprintAt(port);
  await change();
  await waitUntil(async () => (await fingerprintAt(port)) !== before, {
    timeoutMs: 30_000,
    what: `The change to another token at port ${port}`,
  });
}

const SERVICES = {
  'default-variable':
    'PORT=8081 Quix__Sdk__Token=$TOKEN_1 npx tsx examples/rotation-fleet.ts default-variable',
  'own-variable':
    'PORT=8082 MY_QUIX_TOKEN=$TOKEN_1 npx tsx examples/rotation-fleet.ts own-variable',
  fallback: 'PORT=8083 npx tsx examples/rotation-fleet.ts fallback',
  file: 'PORT=8084 npx tsx examples/rotation-fleet.ts file token.txt',
  'rotate-token':
    'PORT=8085 MY_QUIX_TOKEN=$TOKEN_1 npx tsx examples/rotation-fleet.ts rotate-token <> commands',
};
const withToken2 = (command: string): string => command.replace('$TOKEN_1', '$TOKEN_2');

const CHECK = 'npx quix-auth rotation --services-file services.txt';
const TOKENS = '--token-1-env-var TOKEN_1 --token-2-env-var TOKEN_2';

async function rotate(): Promise<void> {
  for (const name of ['TOKEN_1', 'TOKEN_2', 'TOKEN_3', 'BROKER_PASSWORD']) {
    env[name] = `sdk-${randomBytes(16).toString('hex')}`;
    transcript.hide(env[name]);
  }
  env['Quix__Portal__Api'] = executable('http://127.0.0.1:8080');
  env['CHECK_EVERY_MS'] = '1000';
  env['TSX_TSCONFIG_PATH'] = `${root}tsconfig.json`;
  let emulator = await startEmulator(TOKENS);
  writeFileSync(join(folder, 'token.txt'), env['TOKEN_1'] ?? '');
  execFileSync('mkfifo', [join(folder, 'commands')]);
  const services = Object.keys(SERVICES).map(
    (name, i) => `${name}=http://127.0.0.1:808${i + 1}/\n`,
  );
  writeFileSync(join(folder, 'services.txt'), executable(services.join('')));
  const defaultVariable = await startService(SERVICES['default-variable']);
  const ownVariable = await startService(SERVICES['own-variable']);
  for (const name of ['fallback', 'file', 'rotate-token'] as const) {
    await startService(SERVICES[name]);
  }

  write(
    'This session rotates the tokens of the five services in [examples/rotation-fleet.ts](../examples/rotation-fleet.ts). `npm run rotation-transcript` ran it, with `quix-auth emulate` as the Portal and without a Kafka. All ports, fingerprints and times are replaced: `12:07` means step 7 of the session.',
    '',
    '`TOKEN_1` and `TOKEN_2` contain the tokens before the rotation, `TOKEN_3` the next Token 2, and `BROKER_PASSWORD` any password. `Quix__Portal__Api` is `http://127.0.0.1:8080`, and `CHECK_EVERY_MS` is 1000. Start the Portal and the services, each in its own terminal:',
    '',
    '```sh',
    `npx quix-auth emulate --port 8080 ${TOKENS} --password-env-var BROKER_PASSWORD`,
    ...Object.values(SERVICES),
    '```',
    '',
    'The file `token.txt` contains Token 1. `commands` is a named pipe (`mkfifo commands`) for the standard input of the last service. The file `services.txt` contains the health URLs:',
    '',
    '```text',
    ...services.map((line) => line.trim()),
    '```',
    '',
    '**Before.** Four services have to change. `fallback` can stay on Token 1, because it has Token 2 as well.',
    '',
  );
  await run(`${CHECK} ${TOKENS}`, 1);

  write('**Change each service.** Restart `default-variable` and `own-variable` with Token 2:', '');
  await transcript.stop([defaultVariable]);
  await startService(withToken2(SERVICES['default-variable']));
  write('```sh', withToken2(SERVICES['default-variable']), '```', '');
  await run(`${CHECK} ${TOKENS} | tail -1`);
  await transcript.stop([ownVariable]);
  await startService(withToken2(SERVICES['own-variable']));
  write('```sh', withToken2(SERVICES['own-variable']), '```', '');
  await run(`${CHECK} ${TOKENS} | tail -1`);

  write('Write Token 2 to the file, and wait until the service reads it:', '');
  await changeToken(8084, () => run('printf %s "$TOKEN_2" > token.txt'));
  await run(`${CHECK} ${TOKENS} | tail -1`);

  write(
    'Call `rotateToken()` with Token 2. This service does so with each line that it reads:',
    '',
  );
  await changeToken(8085, () => run('echo "$TOKEN_2" > commands'));
  await run(`${CHECK} ${TOKENS}`);

  const rotated = TOKENS.replace('TOKEN_2', 'TOKEN_3').replace('TOKEN_1', 'TOKEN_2');
  write(
    '**Rotate.** The emulator has no command for this. Start it again with the tokens after the rotation, Token 2 as the new Token 1:',
    '',
    '```sh',
    `npx quix-auth emulate --port 8080 ${rotated} --password-env-var BROKER_PASSWORD`,
    '```',
    '',
  );
  await changeToken(8083, async () => {
    await transcript.stop([emulator]);
    emulator = await startEmulator(rotated);
  });

  write(
    '**After.** Keep `TOKEN_1` and `TOKEN_2` as they are. `fallback` has noticed the rotation by itself:',
    '',
  );
  await run(`${CHECK} ${TOKENS} --after`);
}

try {
  await rotate();
  transcript.assertNoSecret();
} finally {
  await transcript.stop();
  rmSync(folder, { recursive: true, force: true });
}

const path = `${root}docs/rotation.md`;
const page = readFileSync(path, 'utf8');
const [before, after] = [page.split(BEGIN)[0] ?? '', page.split(END)[1]];
if (after === undefined) throw new Error('docs/rotation.md has no markers.');
const lines = [before + BEGIN, '', ...transcript.lines, END + after];
const config = await resolveConfig(path);
const newPage = await format(lines.join('\n'), { ...config, parser: 'markdown' });
if (!values.check) writeFileSync(path, newPage);
else if (newPage !== page) {
  throw new Error('docs/rotation.md is out of date. Run npm run rotation-transcript.');
}
