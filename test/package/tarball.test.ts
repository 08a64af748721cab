import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { runNode } from './run-node.ts';

const folder = inject('folder');

/** Parts that several entries share, or that are loaded later: a name and a hash. */
const SHARED = /^dist\/[a-z-]+-[\w-]{8}\.(?:js|cjs|d\.ts|d\.cts)$/;

function read(file: string): string {
  return readFileSync(join(folder, 'node_modules', 'quix-streams-auth', file), 'utf8');
}

/** A Portal in the same process, and one exchange with it. `quix` and `report` are in scope. */
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
  it('holds the built files, the licences, the readme and the changelog, and nothing else', () => {
    const files = inject('packedFiles');
    const entries = ['index', 'confluent', 'kafkajs', 'platformatic', 'testing'].flatMap((entry) =>
      ['js', 'cjs', 'd.ts', 'd.cts'].map((ending) => `dist/${entry}.${ending}`),
    );
    const { bin = {} } = JSON.parse(read('package.json')) as { bin?: Record<string, string> };
    const commands = Object.values(bin).map((path) => join(path));
    // What an import loads, by scripts/join-chunks.ts.
    const joined = ['dist/at-import.js', 'dist/at-import.cjs'];
    const built = [...entries, ...commands, ...joined];
    const others = files.filter((file) => !built.includes(file) && !SHARED.test(file));
    expect(others.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'THIRD-PARTY-NOTICES.md',
      'package.json',
    ]);
    expect(built.filter((file) => !files.includes(file))).toEqual([]);
    // What an entry shares is there because one imports it, and whatever is imported is there.
    const needed = new Set(built);
    for (const file of needed)
      for (const [, name = ''] of read(file).matchAll(/['"]\.\/([\w.-]+)['"]/g))
        needed.add(`dist/${/\.d\.c?ts$/.test(file) ? name.replace(/\.(c?)js$/, '.d.$1ts') : name}`);
    expect([...needed].sort()).toEqual(files.filter((file) => file.startsWith('dist/')).sort());
  });

  it('holds no source map, no path of the machine that built it, no address of a registry, no token', () => {
    for (const file of inject('packedFiles')) {
      expect(`${file}: ${read(file)}`).not.toMatch(
        /sourceMappingURL|\/(?:home|root|Users|tmp)\/|registry\.npmjs|\bsdk-[0-9a-f]{32}|-----BEGIN [A-Z ]*PRIVATE KEY/,
      );
    }
  });

  it('installs no more than its three dependencies', () => {
    const installed = readdirSync(join(folder, 'node_modules')).filter(
      (name) => !name.startsWith('.'),
    );
    expect(installed.sort()).toEqual(['eventemitter3', 'jose', 'quix-streams-auth', 'undici']);
  });

  it('loads by require and exchanges a token', () => {
    const code = `
      const { QuixStreamingClient } = require('quix-streams-auth');
      const http = require('node:http');
      (async () => { ${EXCHANGE} console.log(JSON.stringify(credentials)); })();`;
    expect(runNode('commonjs', code)).toMatchObject({
      workspaceId: 'org-project-dev',
      brokers: ['localhost:9092'],
    });
  });

  it('loads by import and exchanges a token', () => {
    const code = `
      import { QuixStreamingClient } from 'quix-streams-auth';
      import http from 'node:http';
      ${EXCHANGE} console.log(JSON.stringify(credentials));`;
    expect(runNode('module', code)).toMatchObject({
      workspaceId: 'org-project-dev',
      brokers: ['localhost:9092'],
    });
  });

  it('by require, loads what decodes a JWT for the first JWT and not before', () => {
    const code = `
      const { QuixStreamingClient } = require('quix-streams-auth');
      const isLoaded = () => Object.keys(require.cache).some((file) => /[\\\\/]jose[\\\\/]/.test(file));
      const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
      const jwt = [{ alg: 'none' }, { exp: 4102444800 }, ''].map(encode).join('.');
      const seen = ['sdk-' + 'a'.repeat(32), jwt].map((token) => {
        const { kind, expiresAt } = new QuixStreamingClient({ token }).describe().token;
        return { kind, expiresAt, isLoaded: isLoaded() };
      });
      console.log(JSON.stringify(seen));`;
    expect(runNode('commonjs', code)).toEqual([
      { kind: 'streaming', isLoaded: false },
      { kind: 'jwt', expiresAt: '2100-01-01T00:00:00.000Z', isLoaded: true },
    ]);
  });

  it('by require, does not take a JWT for another token when what decodes it is not there', () => {
    const code = `
      const Module = require('node:module');
      const load = Module._load;
      Module._load = (request, ...rest) => {
        if (request.startsWith('jose/')) throw new Error('no jose');
        return load.call(Module, request, ...rest);
      };
      const { QuixStreamingClient } = require('quix-streams-auth');
      try {
        new QuixStreamingClient({ token: 'a.b.c' });
      } catch (error) {
        console.log(JSON.stringify(error.message));
      }`;
    expect(runNode('commonjs', code)).toBe('no jose');
  });

  it.each([
    ['kafkajs', 'kafkaJSConfig'],
    ['platformatic', 'platformaticClient'],
    ['confluent', 'confluentKafka'],
  ])('loads the %s adapter, by require and import, without any Kafka client', (entry, name) => {
    const required = `console.log(JSON.stringify(typeof require('quix-streams-auth/${entry}').${name}));`;
    expect(runNode('commonjs', required)).toBe('function');
    const imported = `
      import { ${name} } from 'quix-streams-auth/${entry}';
      console.log(JSON.stringify(typeof ${name}));`;
    expect(runNode('module', imported)).toBe('function');
  });

  it('has errors that are recognised across its ESM and CommonJS copies', () => {
    const code = `
      import { createRequire } from 'node:module';
      import { QuixError } from 'quix-streams-auth';
      const { QuixStreamingClient, QuixError: Other } = createRequire(process.cwd() + '/x.js')('quix-streams-auth');
      let error;
      try { new QuixStreamingClient({ env: {} }); } catch (thrown) { error = thrown; }
      console.log(JSON.stringify([QuixError === Other, error instanceof QuixError, error.code]));`;
    expect(runNode('module', code)).toEqual([false, true, 'QUIX_TOKEN_MISSING']);
  });
});

/** What a service would notice in its process; `dispatcher` is what its own `fetch` goes through. */
const OBSERVE = `
  const observe = () => ({
    dispatcher: globalThis[Symbol.for('undici.globalDispatcher.1')],
    second: globalThis[Symbol.for('undici.globalDispatcher.2')],
    globals: Reflect.ownKeys(globalThis).length,
    listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]).join(),
    env: JSON.stringify(process.env),
  });`;

describe('the process', () => {
  it('is left as it was found after import, construction and an exchange', () => {
    const code = `
      import http from 'node:http';
      ${OBSERVE}
      const before = observe();
      const { QuixStreamingClient } = await import('quix-streams-auth');
      ${EXCHANGE}
      const after = observe();
      const changed = Object.keys(before).filter((key) => before[key] !== after[key]);
      console.log(JSON.stringify({ changed, looked: Object.keys(before).length }));`;
    // On Node 20 there is no dispatcher yet; on 22 and 24 there is, put there by Node itself.
    expect(runNode('module', code)).toEqual({ changed: [], looked: 5 });
  });

  it("has its own fetch go through Node's own dispatcher after an exchange, as without this package", () => {
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

  it('keeps a dispatcher that the service had set before', () => {
    const code = `
      import http from 'node:http';
      import { QuixStreamingClient } from 'quix-streams-auth';
      const mine = { dispatch() { throw new Error('asked'); } };
      Object.defineProperty(globalThis, Symbol.for('undici.globalDispatcher.1'), { value: mine, writable: true });
      ${EXCHANGE}
      console.log(JSON.stringify(globalThis[Symbol.for('undici.globalDispatcher.1')] === mine));`;
    expect(runNode('module', code)).toBe(true);
  });

  it('exits by itself when a script ends without close()', () => {
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
