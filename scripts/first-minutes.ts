// `npm run first-minutes`: does what a new user does in the first minutes, in an empty folder with the
// packed tarball and a real Kafka, and writes docs/first-minutes.md from what was printed. Fails when a
// step ends otherwise than it should, or when all of it takes five minutes. With --check, writes nothing.
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
/** What Quix or the user's shell would have set, and nothing of this machine's own Quix. */
const env: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^quix_|^npm_|^node_/i.test(name)),
);

/** As it is shown: no secrets, no names of this machine. */
function shown(text: string): string {
  let cleaned = stripVTControlCharacters(text).replaceAll(folder, '~/try-quix');
  for (const secret of secrets) cleaned = cleaned.replaceAll(secret, '(hidden)');
  return cleaned.trim();
}

function write(...text: string[]): void {
  lines.push(...text);
  console.log(text.join('\n'));
}

/** Runs a command in the folder and shows it with its output and its time. */
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

/** A command that goes on: resolves when it has printed `sign`, shows what it printed until then. */
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
  write('```console', `$ ${title}`, shown(output), '```', `(${seconds} s until then)`, '');
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
    `Made by \`npm run first-minutes\` on ${new Date().toISOString().slice(0, 10)}: real output of each command in an empty folder, with Node ${process.versions.node}, the packed tarball in place of the registry's, and an Apache Kafka with TLS and SCRAM on the same machine. Tokens and passwords are hidden. Nobody needs Quix for it: \`quix-auth emulate\` stands in for its Portal.`,
    '',
    '## Install',
    '',
    'From the registry it is `npm install quix-streams-auth kafkajs`; msw is for the emulator alone.',
    '',
  );
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  await run(`npm install --no-audit --no-fund ./${filename} kafkajs msw`, {
    env: { ...process.env, npm_config_loglevel: 'error' }, // its notices are about msw
  });

  write('## What is missing?', '', '`quix-auth doctor` says it, with nothing set:', '');
  await run('npx quix-auth doctor', { code: 1 });

  write(
    '## A Portal to try it with',
    '',
    'In another terminal; the password of the broker is in `BROKER_PASSWORD`, its certificate authority in `broker-ca.pem`.',
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

  write('## A wrong token', '', 'With the Portal set, and a token that it does not know:', '');
  env['Quix__Sdk__Token'] = 'sdk-00000000000000000000000000000000';
  await run('npx quix-auth doctor', { code: 1 });

  write('## The right one', '');
  env['Quix__Sdk__Token'] = token;
  await kafka.createTopic('org-project-dev-f1-data');
  await run('npx quix-auth doctor --topic f1-data --group my-service');

  write("## The README's first program", '', '`service.js`, as it stands there:', '');
  writeFileSync(join(folder, 'service.js'), codeOf('first-program'));
  const service = await begin(
    process.execPath,
    ['service.js'],
    /^\{"speed":312\}$/m,
    'node service.js',
  );
  children.push(service.child);

  const seconds = (performance.now() - began) / 1000;
  write(`All of it took ${seconds.toFixed(0)} s, packing the tarball included.`, '');
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
