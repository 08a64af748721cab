// `npm run first-minutes` runs the first steps of a new user in an empty folder, with the packed tarball and a
// real Kafka, and writes the output to docs/first-minutes.md. It fails if a step has an unexpected exit code or
// if all steps take more than five minutes. With --check, it writes nothing.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { startKafka } from '../test/kafka/support/kafka-cluster.ts';
import { BODY_DIFFERENCES } from '../test/support/body-differences.ts';
import { applyDifferences, startDifferentPortal } from '../test/support/different-portal.ts';
import { HTTP_DIFFERENCES } from '../test/support/http-differences.ts';
import { codeOf } from '../test/support/readme-snippets.ts';
import { Transcript } from './transcript.ts';

const MAX_SECONDS = 300;

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'try-quix-'));
const transcript = new Transcript(folder, (output) => output.replaceAll(folder, '~/try-quix'));
const { env } = transcript;
const write = transcript.write.bind(transcript);

/** Runs a command in the folder and writes its output and duration. */
async function run(...args: Parameters<Transcript['run']>): Promise<void> {
  write(await transcript.run(...args), '');
}

const kafka = await startKafka();
transcript.hide(kafka.user.password);
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
  const title = `npx quix-auth ${emulate.join(' ')}`;
  const portal = await transcript.show(bin, emulate, /Token 2/, title);
  const [, url = ''] = /Quix__Portal__Api=(\S+)/.exec(portal.output) ?? [];
  const [, token = ''] = /Quix__Sdk__Token=(\S+)/.exec(portal.output) ?? [];
  const [, token2 = ''] = /Token 2: (\S+)/.exec(portal.output) ?? [];
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

  write(
    '## Compare the Portal with the assumptions',
    '',
    '`quix-auth verify` compares a Portal with [what this package assumes](live-portal.md). Here the Portal is the emulator, and `TOKEN_2` has the second token that the emulator printed. The emulator has neither an OpenAPI document nor TLS:',
    '',
  );
  env['TOKEN_2'] = token2;
  await run('npx quix-auth verify --token-2-env-var TOKEN_2');

  const emulator = await startPortalEmulator({ topics: ['f1-data'] });
  for (const each of [emulator.token1, emulator.token2]) transcript.hide(each);
  const differences = [...BODY_DIFFERENCES, ...HTTP_DIFFERENCES].filter(({ isShown }) => isShown);
  const titles = differences.map(({ title }) => title).join('; ');
  write(`The next emulator differs from the assumptions in these ways: ${titles}. The output:`, '');
  const different = await startDifferentPortal(emulator, applyDifferences(differences));
  await run('npx quix-auth verify --token-2-env-var TOKEN_2 --output report.json', {
    code: 1,
    env: {
      ...env,
      Quix__Portal__Api: different.url,
      Quix__Sdk__Token: emulator.token1,
      TOKEN_2: emulator.token2,
    },
  });
  await different.close();
  await emulator.close();

  write('## Run a service', '', '`service.mjs` is the first program of the README:', '');
  writeFileSync(join(folder, 'service.mjs'), codeOf('first-program'));
  await transcript.show(
    process.execPath,
    ['service.mjs'],
    /^\{"speed":312\}$/m,
    'node service.mjs',
  );

  const seconds = (performance.now() - beganAt) / 1000;
  console.log(`All steps took ${seconds.toFixed(0)} s, including the build of the tarball.`);
  if (seconds > MAX_SECONDS) throw new Error(`The steps took more than ${MAX_SECONDS} s.`);
  transcript.assertNoSecret();
  if (!values.check) {
    const path = join(root, 'docs', 'first-minutes.md');
    const config = await resolveConfig(path);
    writeFileSync(
      path,
      await format(transcript.lines.join('\n'), { ...config, parser: 'markdown' }),
    );
  }
} finally {
  await transcript.stop();
  await kafka.stop();
  rmSync(folder, { recursive: true, force: true });
}
