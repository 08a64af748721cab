import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { runNode } from './run-node.ts';

const folder = inject('folder');

function read(file: string): string {
  return readFileSync(join(folder, 'node_modules', 'quix-streams-auth', file), 'utf8');
}

/** Starts a Portal in the same process and runs one exchange. Needs `http` and `QuixStreamingClient` in scope. */
const EXCHANGE = `
  const server = http.createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(request.url === '/workspaces'
      ? '[{"workspaceId":"org-project-dev"}]'
      : '{"bootstrap.servers":"localhost:9092","security.protocol":"plaintext"}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = 'http://127.0.0.1:' + server.address().port;
  const quix = new QuixStreamingClient({ token: 'sdk-' + 'a'.repeat(32), portalApi: url });
  const credentials = await quix.getBrokerCredentials();
  server.close();
`;

describe('the packed tarball', () => {
  it('contains one file per entry point and format, their types, the command and the documents', () => {
    const entries = [
      'index',
      'confluent',
      'kafkajs',
      'librdkafka',
      'nestjs',
      'platformatic',
      'testing',
      'testing-msw',
    ];
    const built = entries.flatMap((entry) =>
      ['js', 'cjs', 'd.ts', 'd.cts'].map((ending) => `dist/${entry}.${ending}`),
    );
    const documents = [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'THIRD-PARTY-NOTICES.md',
      'package.json',
    ];
    expect(inject('packedFiles').sort()).toEqual([...built, 'dist/cli.js', ...documents].sort());
  });

  it('contains only files that import no other file of the package by path', () => {
    for (const file of inject('packedFiles').filter((name) => /\.c?js$/.test(name)))
      expect(read(file), file).not.toMatch(/(?:from|require\(|import\() ?['"]\.\.?\//);
  });

  it('contains no source map, build path, registry address, token or private key', () => {
    for (const file of inject('packedFiles')) {
      expect(`${file}: ${read(file)}`).not.toMatch(
        /sourceMappingURL|\/(?:home|root|Users|tmp)\/|registry\.npmjs|\bsdk-[0-9a-f]{32}|-----BEGIN [A-Z ]*PRIVATE KEY/,
      );
    }
  });

  it('installs two packages', () => {
    const installed = readdirSync(join(folder, 'node_modules')).filter(
      (name) => !name.startsWith('.'),
    );
    expect(installed.sort()).toEqual(['quix-streams-auth', 'undici']);
  });

  it('exchanges a token when it is required', () => {
    const code = `
      const { QuixStreamingClient } = require('quix-streams-auth');
      const http = require('node:http');
      (async () => { ${EXCHANGE} console.log(JSON.stringify(credentials)); })();`;
    expect(runNode('commonjs', code)).toMatchObject({
      workspaceId: 'org-project-dev',
      brokers: ['localhost:9092'],
    });
  });

  it('exchanges a token when it is imported', () => {
    const code = `
      import { QuixStreamingClient } from 'quix-streams-auth';
      import http from 'node:http';
      ${EXCHANGE} console.log(JSON.stringify(credentials));`;
    expect(runNode('module', code)).toMatchObject({
      workspaceId: 'org-project-dev',
      brokers: ['localhost:9092'],
    });
  });

  it('decodes a JWT when it is required', () => {
    const code = `
      const { QuixStreamingClient } = require('quix-streams-auth');
      const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
      const jwt = [{ alg: 'none' }, { exp: 4102444800 }, ''].map(encode).join('.');
      const { kind, expiresAt } = new QuixStreamingClient({ token: jwt }).describe().token;
      console.log(JSON.stringify({ kind, expiresAt }));`;
    expect(runNode('commonjs', code)).toEqual({
      kind: 'jwt',
      expiresAt: '2100-01-01T00:00:00.000Z',
    });
  });

  it.each([
    ['kafkajs', 'kafkaJSConfig'],
    ['platformatic', 'platformaticClient'],
    ['confluent', 'confluentKafka'],
    ['librdkafka', 'librdkafkaConfig'],
    ['nestjs', 'QuixKafkaServer'],
  ])('loads the %s adapter without a Kafka client, required and imported', (entry, name) => {
    const required = `console.log(JSON.stringify(typeof require('quix-streams-auth/${entry}').${name}));`;
    expect(runNode('commonjs', required)).toBe('function');
    const imported = `
      import { ${name} } from 'quix-streams-auth/${entry}';
      console.log(JSON.stringify(typeof ${name}));`;
    expect(runNode('module', imported)).toBe('function');
  });

  it('recognises the errors of its ESM copy in its CommonJS copy', () => {
    const code = `
      import { createRequire } from 'node:module';
      import { QuixError } from 'quix-streams-auth';
      const { QuixStreamingClient, QuixError: Other } = createRequire(process.cwd() + '/x.js')('quix-streams-auth');
      let error;
      try { new QuixStreamingClient({ env: {} }); } catch (thrown) { error = thrown; }
      console.log(JSON.stringify([QuixError === Other, error instanceof QuixError, error.code]));`;
    expect(runNode('module', code)).toEqual([false, true, 'QUIX_TOKEN_MISSING']);
  });

  it('finds the error that its CommonJS copy passed to kafkajs in its ESM copy', () => {
    const code = `
      import { createRequire } from 'node:module';
      import { QuixError } from 'quix-streams-auth';
      const require = createRequire(process.cwd() + '/x.js');
      const { QuixStreamingClient } = require('quix-streams-auth');
      const { kafkaJSConfig } = require('quix-streams-auth/kafkajs');
      const quix = new QuixStreamingClient({ token: () => { throw new Error('x'); } });
      const error = await quix.getBrokerCredentials().catch((thrown) => thrown);
      const { message } = await kafkaJSConfig(quix).brokers().catch((thrown) => thrown);
      const wrapper = new Error('Failed to connect: "config.brokers" threw: ' + message);
      const found = QuixError.from(Object.assign(wrapper, { name: 'KafkaJSConnectionError' }));
      console.log(JSON.stringify([message === found.code + ': ' + error.message, found.message === error.message]));`;
    expect(runNode('module', code)).toEqual([true, true]);
  });
});

/** Returns the process-wide state that a service could notice. The global `fetch` uses the dispatchers. */
const OBSERVE = `
  const observe = () => ({
    dispatcher: globalThis[Symbol.for('undici.globalDispatcher.1')],
    second: globalThis[Symbol.for('undici.globalDispatcher.2')],
    globals: Reflect.ownKeys(globalThis).length,
    listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]).join(),
    env: JSON.stringify(process.env),
  });`;

describe('the process', () => {
  it('has the same global state after import, construction and an exchange', () => {
    const code = `
      import http from 'node:http';
      ${OBSERVE}
      const before = observe();
      const { QuixStreamingClient } = await import('quix-streams-auth');
      ${EXCHANGE}
      const after = observe();
      const changed = Object.keys(before).filter((key) => before[key] !== after[key]);
      console.log(JSON.stringify({ changed, compared: Object.keys(before).length }));`;
    // Node 20 has no global dispatcher here. Node 22 and 24 set one themselves.
    expect(runNode('module', code)).toEqual({ changed: [], compared: 5 });
  });

  it('keeps the dispatcher of Node for the global fetch after an exchange', () => {
    const code = `
      import http from 'node:http';
      import { QuixStreamingClient } from 'quix-streams-auth';
      ${EXCHANGE}
      const other = http.createServer((_, response) => response.end('"ok"'));
      await new Promise((resolve) => other.listen(0, '127.0.0.1', resolve));
      const answer = await (await fetch('http://127.0.0.1:' + other.address().port)).json();
      other.close();
      const undici = await import('undici');
      const dispatcher = globalThis[Symbol.for('undici.globalDispatcher.1')];
      console.log(JSON.stringify({ answer, isNodes: !(dispatcher instanceof undici.Agent) }));
      dispatcher.close();`;
    expect(runNode('module', code)).toEqual({ answer: 'ok', isNodes: true });
  });

  it('keeps a global dispatcher that the service set before', () => {
    const code = `
      import http from 'node:http';
      import { QuixStreamingClient } from 'quix-streams-auth';
      const mine = { dispatch() { throw new Error('asked'); } };
      Object.defineProperty(globalThis, Symbol.for('undici.globalDispatcher.1'), { value: mine, writable: true });
      ${EXCHANGE}
      console.log(JSON.stringify(globalThis[Symbol.for('undici.globalDispatcher.1')] === mine));`;
    expect(runNode('module', code)).toBe(true);
  });

  it('ends by itself when a script ends without close()', () => {
    const code = `
      import http from 'node:http';
      import { QuixStreamingClient } from 'quix-streams-auth';
      ${EXCHANGE}
      console.log(JSON.stringify('ended'));`;
    const start = performance.now();
    expect(runNode('module', code)).toBe('ended');
    expect(performance.now() - start).toBeLessThan(8_000);
  });
});
