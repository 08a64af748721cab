// `npm run first-minutes` runs the first steps of a new user in an empty folder, with the packed tarball and a
// real Kafka, and writes the output to docs/first-minutes.md. It fails if a step has an unexpected exit code or
// if all steps take more than five minutes. With --check, it writes nothing.
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

const MAX_SECONDS = 300;

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'try-quix-'));
const lines: string[] = [];
const secrets = new Set<string>();
/** The environment without the variables of Quix, npm and Node that are set on this machine. */
const env: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^quix_|^npm_|^node_/i.test(name)),
);

/** Hides secrets and the path of the folder. */
function clean(text: string): string {
  let cleaned = stripVTControlCharacters(text).replaceAll(folder, '~/try-quix');
  for (const secret of secrets) cleaned = cleaned.replaceAll(secret, '(hidden)');
  return cleaned.trim();
}

function write(...text: string[]): void {
  lines.push(...text);
  console.log(text.join('\n'));
}

/** Runs a command in the folder and writes its output and duration. */
async function run(
  command: string,
  {
    code: expectedCode = 0,
    env: commandEnv = env,
  }: { code?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  const startedAt = performance.now();
  const child = spawn('sh', ['-c', `${command} 2>&1`], { cwd: folder, env: commandEnv });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const end = code === 0 ? '' : `, exit code ${code ?? 'none'}`;
  write('```console', `$ ${clean(command)}`, clean(output), '```', `(${seconds} s${end})`, '');
  if (code !== expectedCode)
    throw new Error(`${command} exited with ${code ?? 'a signal'} instead of ${expectedCode}.`);
}

/** Starts a command that keeps running. Writes its output when the output matches `pattern`. */
async function start(
  command: string,
  args: readonly string[],
  pattern: RegExp,
  title: string,
): Promise<{ child: ChildProcess; output: string }> {
  const startedAt = performance.now();
  const child = spawn(command, args, { cwd: folder, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await waitUntil(() => Promise.resolve(pattern.test(output) || child.exitCode !== null), {
    timeoutMs: 60_000,
    what: title,
  });
  if (!pattern.test(output))
    throw new Error(`${title} exited before it printed ${pattern}:\n${clean(output)}`);
  for (const [secret] of output.matchAll(/sdk-[0-9a-f]{8,}/g)) secrets.add(secret);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  write('```console', `$ ${title}`, clean(output), '```', `(printed after ${seconds} s)`, '');
  return { child, output };
}

const kafka = await startKafka();
secrets.add(kafka.user.password);
const children: ChildProcess[] = [];
try {
  const beganAt = performance.now();
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
    '# First session',
    '',
    `This page is an example session. It shows the output of each command in an empty folder, and was written by \`npm run first-minutes\` on ${new Date().toISOString().slice(0, 10)} with Node ${process.versions.node}, the packed tarball instead of the published package, and an Apache Kafka with TLS and SCRAM that the script started. Tokens and passwords are hidden.`,
    '',
    "You do not need a Quix account, because `quix-auth emulate` replaces the Portal. To repeat the session, you need a Kafka. [Apache's quick start](https://kafka.apache.org/quickstart) starts one without a login. Create the topic `f1-data` in it, set `Quix__Broker__Address` to its address, and skip the steps between the installation and the service.",
    '',
    '## Install',
    '',
    'With the published package, the command is `npm install quix-streams-auth kafkajs`.',
    '',
  );
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  await run(`npm install --no-audit --no-fund ./${filename} kafkajs`, {
    env: { ...process.env, npm_config_loglevel: 'error' },
  });

  write(
    '## Check the environment',
    '',
    '`quix-auth doctor` reports what is missing. Here no variable is set:',
    '',
  );
  await run('npx quix-auth doctor', { code: 1 });

  write(
    '## Start a Portal emulator',
    '',
    'Run this in another terminal. Replace the address and the user name with those of your broker. The variable `BROKER_PASSWORD` has its password, and the file `broker-ca.pem` has its CA certificate.',
    '',
  );
  const emulate = [
    ...['emulate', '--topic', 'f1-data', '--brokers', kafka.bootstrap.saslSsl.join(',')],
    ...['--username', kafka.user.username, '--password-env-var', 'BROKER_PASSWORD'],
    ...['--broker-ca', 'broker-ca.pem'],
  ];
  const bin = join(folder, 'node_modules', '.bin', 'quix-auth');
  const portal = await start(bin, emulate, /Token 2/, `npx quix-auth ${emulate.join(' ')}`);
  children.push(portal.child);
  const [, url = ''] = /Quix__Portal__Api=(\S+)/.exec(portal.output) ?? [];
  const [, token = ''] = /Quix__Sdk__Token=(\S+)/.exec(portal.output) ?? [];
  env['Quix__Portal__Api'] = url;

  write(
    '## Check a wrong token',
    '',
    '`Quix__Portal__Api` has the address that the emulator printed. `Quix__Sdk__Token` has an invented token:',
    '',
  );
  env['Quix__Sdk__Token'] = 'sdk-00000000000000000000000000000000';
  await run('npx quix-auth doctor', { code: 1 });

  write(
    '## Check the right token',
    '',
    '`Quix__Sdk__Token` now has the token that the emulator printed. The emulator does not create topics in Kafka. The topic `org-project-dev-f1-data` was created there before this step.',
    '',
  );
  env['Quix__Sdk__Token'] = token;
  await kafka.createTopic('org-project-dev-f1-data');
  await run('npx quix-auth doctor --topic f1-data --group my-service');

  write('## Run a service', '', '`service.mjs` is the first program of the README:', '');
  writeFileSync(join(folder, 'service.mjs'), codeOf('first-program'));
  const service = await start(
    process.execPath,
    ['service.mjs'],
    /^\{"speed":312\}$/m,
    'node service.mjs',
  );
  children.push(service.child);

  const seconds = (performance.now() - beganAt) / 1000;
  console.log(`All steps took ${seconds.toFixed(0)} s, including the build of the tarball.`);
  if (seconds > MAX_SECONDS) throw new Error(`The steps took more than ${MAX_SECONDS} s.`);
  for (const secret of secrets) {
    if (lines.join('\n').includes(secret)) throw new Error('The output contains a secret.');
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
