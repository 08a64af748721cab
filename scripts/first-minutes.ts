// `npm run first-minutes` runs the commands of a new user in an empty folder, with the packed tarball and
// a real Kafka, and writes their output to docs/first-minutes.md. It fails if a command has another exit
// code than expected, or if all commands take more than five minutes. With --check, it writes nothing.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { startKafka } from '../test/kafka/support/kafka-cluster.ts';
import { waitUntil } from '../test/kafka/support/wait-until.ts';
import { codeOf } from '../test/support/readme-snippets.ts';

const LONGEST_S = 300;

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'try-quix-'));
const lines: string[] = [];
const secrets = new Set<string>();
/** Environment of the commands, without the Quix variables of this machine. */
const env: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^quix_|^npm_|^node_/i.test(name)),
);

/** Returns a text without secrets and without paths of this machine. */
function shown(text: string): string {
  let cleaned = stripVTControlCharacters(text).replaceAll(folder, '~/try-quix');
  for (const secret of secrets) cleaned = cleaned.replaceAll(secret, '(hidden)');
  return cleaned.trim();
}

function write(...text: string[]): void {
  lines.push(...text);
  console.log(text.join('\n'));
}

/** Runs a command in the folder, and writes it with its output and its time. */
async function run(
  command: string,
  { code: expectedCode = 0, env: own = env }: { code?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  const start = performance.now();
  const child = spawn('sh', ['-c', `${command} 2>&1`], { cwd: folder, env: own });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const end = code === 0 ? '' : `, exit code ${code ?? 'none'}`;
  write('```console', `$ ${shown(command)}`, shown(output), '```', `(${seconds} s${end})`, '');
  if (code !== expectedCode) throw new Error(`${command} ended with ${code ?? 'a signal'}.`);
}

/** Starts a command that keeps running, and writes its output until it prints `sign`. */
async function begin(
  command: string,
  args: readonly string[],
  sign: RegExp,
  title: string,
): Promise<{ child: ChildProcess; output: string }> {
  const start = performance.now();
  const child = spawn(command, args, { cwd: folder, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await waitUntil(() => Promise.resolve(sign.test(output) || child.exitCode !== null), {
    timeoutMs: 60_000,
    what: title,
  });
  if (!sign.test(output)) throw new Error(`${title} ended without ${sign}:\n${shown(output)}`);
  for (const [secret] of output.matchAll(/sdk-[0-9a-f]{8,}/g)) secrets.add(secret);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  write('```console', `$ ${title}`, shown(output), '```', `(after ${seconds} s)`, '');
  return { child, output };
}

const kafka = await startKafka();
secrets.add(kafka.user.password);
const children: ChildProcess[] = [];
try {
  const began = performance.now();
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  const packed = execFileSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    { cwd: root, encoding: 'utf8' },
  );
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  writeFileSync(join(folder, 'broker-ca.pem'), kafka.ca);
  env['BROKER_PASSWORD'] = kafka.user.password;
  env['NO_COLOR'] = '1';

  write(
    '# The first minutes',
    '',
    `\`npm run first-minutes\` wrote this page on ${new Date().toISOString().slice(0, 10)} with Node ${process.versions.node}. It shows the real output of each command in an empty folder. The package is the packed tarball. An Apache Kafka with TLS and SCRAM runs on the same machine, and \`quix-auth emulate\` replaces the Quix Portal. Tokens and passwords are hidden.`,
    '',
    '## Install',
    '',
    'With the registry, the command is `npm install quix-streams-auth kafkajs`.',
    '',
  );
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  await run(`npm install --no-audit --no-fund ./${filename} kafkajs`, { env: process.env });

  write('## Without a token', '', '`quix-auth doctor` reports what is missing:', '');
  await run('npx quix-auth doctor', { code: 1 });

  write(
    '## A Portal emulator',
    '',
    'Start the emulator in another terminal. The variable `BROKER_PASSWORD` contains the password of the broker, and the file `broker-ca.pem` its certificate authority.',
    '',
  );
  const emulate = [
    ...['emulate', '--topic', 'f1-data', '--brokers', kafka.bootstrap.saslSsl.join(',')],
    ...['--username', kafka.user.username, '--password-env-var', 'BROKER_PASSWORD'],
    ...['--broker-ca', 'broker-ca.pem'],
  ];
  const bin = join(folder, 'node_modules', '.bin', 'quix-auth');
  const portal = await begin(bin, emulate, /Token 2/, `npx quix-auth ${emulate.join(' ')}`);
  children.push(portal.child);
  const [, url = ''] = /Quix__Portal__Api=(\S+)/.exec(portal.output) ?? [];
  const [, token = ''] = /Quix__Sdk__Token=(\S+)/.exec(portal.output) ?? [];
  env['Quix__Portal__Api'] = url;

  write('## With a wrong token', '', 'The Portal URL is set. The Portal rejects the token:', '');
  env['Quix__Sdk__Token'] = 'sdk-00000000000000000000000000000000';
  await run('npx quix-auth doctor', { code: 1 });

  write('## With a valid token', '');
  env['Quix__Sdk__Token'] = token;
  await kafka.createTopic('org-project-dev-f1-data');
  await run('npx quix-auth doctor --topic f1-data --group my-service');

  write(
    '## The first program of the README',
    '',
    'The file `service.js` contains the program:',
    '',
  );
  writeFileSync(join(folder, 'service.js'), codeOf('first-program'));
  const service = await begin(
    process.execPath,
    ['service.js'],
    /^\{"speed":312\}$/m,
    'node service.js',
  );
  children.push(service.child);

  const seconds = (performance.now() - began) / 1000;
  write(`All commands took ${seconds.toFixed(0)} s, including the build of the tarball.`, '');
  if (seconds > LONGEST_S) throw new Error(`More than ${LONGEST_S} s.`);
  for (const secret of secrets) {
    if (lines.join('\n').includes(secret)) throw new Error('A secret is in the transcript.');
  }
  if (!values.check) {
    const path = join(root, 'docs', 'first-minutes.md');
    const config = await resolveConfig(path);
    writeFileSync(path, await format(lines.join('\n'), { ...config, parser: 'markdown' }));
  }
} finally {
  for (const child of children) child.kill();
  await kafka.stop();
  rmSync(folder, { recursive: true, force: true });
}
