import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { randomSecret } from '../support/leaks.ts';
import { STRICT_FLAGS } from './strict-flags.ts';

const folder = inject('folder');
const run = promisify(execFile);
/** A process that is still running after this time does not end by itself. */
const ENDS_WITHIN_MS = 20_000;

/** Makes warnings fatal, for which Node has no flag. */
const WARNINGS_ARE_FATAL = `process.on('warning', (warning) => { throw warning; });`;

/** Starts a Portal that counts its requests in the same process. */
const PORTAL = `
  const { createServer } = await import('node:http');
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({
      'bootstrap.servers': 'localhost:9092', 'security.protocol': 'sasl_ssl',
      'sasl.mechanism': 'PLAIN', 'sasl.username': 'user', 'sasl.password': process.env.PASSWORD,
    }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const portalApi = 'http://127.0.0.1:' + server.address().port;
`;

const EXCHANGE = `
  const quix = new QuixStreamingClient({ portalApi, workspaceId: 'org-project-dev' });
  const { generation } = await quix.getBrokerCredentials();
`;

const secrets = { token: randomSecret(), password: randomSecret('pw-') };

/** Runs a script in the folder of the installed package and returns its output, parsed as JSON. */
async function runScript(name: string, code: string): Promise<unknown> {
  const file = join(folder, name);
  writeFileSync(file, `${WARNINGS_ARE_FATAL}\n${code}`);
  const { stdout, stderr } = await run(process.execPath, [...STRICT_FLAGS, file], {
    cwd: folder,
    timeout: ENDS_WITHIN_MS,
    env: {
      PATH: process.env['PATH'],
      Quix__Sdk__Token: secrets.token,
      PASSWORD: secrets.password,
    },
  });
  for (const secret of Object.values(secrets)) expect(stdout + stderr).not.toContain(secret);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as unknown;
}

describe('a process', () => {
  it('ends by itself after an exchange without close()', { meta: { faults: [83] } }, async () => {
    const code = `
      import { QuixStreamingClient } from 'quix-streams-auth';
      ${PORTAL} server.unref(); ${EXCHANGE}
      console.log(JSON.stringify(generation));`;
    expect(await runScript('exits.mjs', code)).toBe(1);
  });

  it(
    'has no open resource after the import and the construction of clients',
    { meta: { faults: [83] } },
    async () => {
      const code = `
      import { QuixStreamingClient } from 'quix-streams-auth';
      import 'quix-streams-auth/kafkajs';
      import 'quix-streams-auth/platformatic';
      import 'quix-streams-auth/confluent';
      import 'quix-streams-auth/librdkafka';
      import 'quix-streams-auth/nestjs';
      const before = process.getActiveResourcesInfo();
      const clients = Array.from({ length: 100 }, () => new QuixStreamingClient());
      const opened = process.getActiveResourcesInfo().length - before.length;
      console.log(JSON.stringify([clients.length, opened]));`;
      expect(await runScript('nothing-open.mjs', code)).toEqual([100, 0]);
    },
  );

  it('ends when close() is called during an exchange', { meta: { faults: [83] } }, async () => {
    const code = `
      import net from 'node:net';
      import { QuixStreamingClient } from 'quix-streams-auth';
      const sockets = [];
      const server = net.createServer((socket) => sockets.push(socket.on('error', () => {})));
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      const quix = new QuixStreamingClient({
        portalApi: 'http://127.0.0.1:' + server.address().port, workspaceId: 'org-project-dev',
      });
      const waiting = quix.getBrokerCredentials().catch(({ code }) => code);
      setTimeout(() => quix.close(), 200);
      const code = await waiting;
      server.close();
      console.log(JSON.stringify(code));`;
    expect(await runScript('closed.mjs', code)).toBe('QUIX_CLIENT_CLOSED');
  });

  it(
    'gets no new handler for crashes or diagnostic reports',
    { meta: { faults: [94] } },
    async () => {
      const code = `
      const before = process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
      const { QuixStreamingClient } = await import('quix-streams-auth');
      ${PORTAL}
      server.unref(); ${EXCHANGE}
      const after = process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
      console.log(JSON.stringify([before, after]));`;
      const [before, after] = (await runScript('handlers.mjs', code)) as [unknown, unknown];
      expect(after).toEqual(before);
    },
  );
});

it(
  'a process that ends with an uncaught QuixError prints no token',
  { meta: { faults: [94] } },
  async () => {
    const code = `
    import { QuixStreamingClient } from 'quix-streams-auth';
    const quix = new QuixStreamingClient({ portalApi: 'http://127.0.0.1:1', timeoutMs: 300 });
    await quix.getBrokerCredentials();`;
    await expect(runScript('ended.mjs', code)).rejects.toSatisfy((error: Error) => {
      const { stderr } = error as Error & { stderr: string };
      return stderr.includes('QUIX_PORTAL_UNAVAILABLE') && !stderr.includes(secrets.token);
    });
  },
);

it.each([
  ['short-lines.mjs', "import { QuixStreamingClient } from 'quix-streams-auth';"],
  ['short-lines.cjs', "const { QuixStreamingClient } = require('quix-streams-auth');"],
])('%s: an uncaught QuixError prints less than 3,000 characters', async (name, load) => {
  const code = `${load} new QuixStreamingClient({ token: ' ', env: {} });`;
  await expect(runScript(name, code)).rejects.toSatisfy((error: Error) => {
    const { stderr } = error as Error & { stderr: string };
    return stderr.includes('QUIX_TOKEN_MISSING') && stderr.length < 3_000;
  });
});

describe('each process or thread', () => {
  /** Code of a child process. It runs one exchange with the Portal of its parent. */
  const CHILD = `
    import { QuixStreamingClient } from 'quix-streams-auth';
    const portalApi = process.env.PORTAL;
    ${EXCHANGE}`;

  it(
    'started by child_process.fork does one exchange of its own',
    { meta: { faults: [84] } },
    async () => {
      writeFileSync(
        join(folder, 'forked.mjs'),
        `${CHILD} process.send(generation, () => process.disconnect());`,
      );
      const code = `
      import { fork } from 'node:child_process';
      import { once } from 'node:events';
      import { QuixStreamingClient } from 'quix-streams-auth';
      ${PORTAL} ${EXCHANGE}
      const children = [1, 2, 3].map(() =>
        fork('./forked.mjs', { env: { ...process.env, PORTAL: portalApi } }));
      const generations = await Promise.all(children.map(async (child) => (await once(child, 'message'))[0]));
      const codes = await Promise.all(children.map(async (child) => child.exitCode ?? (await once(child, 'exit'))[0]));
      server.close();
      console.log(JSON.stringify({ requests, generations, codes }));`;
      expect(await runScript('forks.mjs', code)).toEqual({
        requests: 4,
        generations: [1, 1, 1],
        codes: [0, 0, 0],
      });
    },
  );

  it('in a cluster does one exchange of its own', { meta: { faults: [84] } }, async () => {
    const code = `
      import cluster from 'node:cluster';
      import { once } from 'node:events';
      import { QuixStreamingClient } from 'quix-streams-auth';
      if (cluster.isPrimary) {
        ${PORTAL}
        const workers = [1, 2].map(() => cluster.fork({ PORTAL: portalApi }));
        const generations = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
        await Promise.all(workers.map(async (worker) => worker.isDead() || (await once(worker, 'exit'))));
        server.close();
        console.log(JSON.stringify({ requests, generations }));
      } else {
        const portalApi = process.env.PORTAL;
        ${EXCHANGE}
        process.send(generation, () => process.disconnect());
      }`;
    expect(await runScript('cluster.mjs', code)).toEqual({ requests: 2, generations: [1, 1] });
  });

  it(
    'that is a worker thread does one exchange of its own and posts a client and its credentials without secrets',
    { meta: { faults: [84] } },
    async () => {
      writeFileSync(
        join(folder, 'thread.mjs'),
        `import { parentPort, workerData } from 'node:worker_threads';
       import { QuixStreamingClient } from 'quix-streams-auth';
       const portalApi = workerData;
       ${EXCHANGE}
       const credentials = await quix.getBrokerCredentials();
       const posted = [quix, credentials].map((value) => {
         try { return structuredClone(value); } catch (error) { return error.name; }
       });
       parentPort.postMessage({ generation, posted });`,
      );
      const code = `
      import { once } from 'node:events';
      import { inspect } from 'node:util';
      import { Worker } from 'node:worker_threads';
      import v8 from 'node:v8';
      import { QuixStreamingClient } from 'quix-streams-auth';
      ${PORTAL} ${EXCHANGE}
      const worker = new Worker('./thread.mjs', { workerData: portalApi });
      const [message] = await once(worker, 'message');
      const [exitCode] = await once(worker, 'exit');
      server.close();
      const credentials = await quix.getBrokerCredentials();
      const written = [v8.serialize(credentials).toString('latin1'), inspect(message, { depth: Infinity, showHidden: true })].join();
      const isFound = [process.env.Quix__Sdk__Token, process.env.PASSWORD].map((secret) => written.includes(secret));
      console.log(JSON.stringify({ requests, generation: message.generation, exitCode, isFound }));`;
      expect(await runScript('threads.mjs', code)).toEqual({
        requests: 2,
        generation: 1,
        exitCode: 0,
        isFound: [false, false],
      });
    },
  );
});
