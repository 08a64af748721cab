import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { Agent } from 'undici';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadAgent } from '../../src/portal/undici.ts';
import { createCertificateAuthority, type CertificateAuthority } from '../support/certificates.ts';
import { startConnectProxy, tunnelTo } from '../support/connect-proxy.ts';
import { expectNoLeak } from '../support/leaks.ts';
import { failureOf } from '../support/portal-access.ts';
import { placeProgram } from '../support/program.ts';
import { runSource, sourceUrl } from '../support/run-source.ts';
import { answer, startServer } from '../support/scripted-server.ts';

const load = createRequire(import.meta.url);
/** The file that src/portal/undici.ts loads. docs/dependencies.md explains why. */
const AGENT_FILE = 'lib/dispatcher/agent.js';
const PUBLIC_ENTRY = 'index.js';

interface LoadedUndici {
  /** Files of undici in the module cache of the process. */
  readonly files: string[];
  /** Names of the properties of `Dispatcher.prototype`. */
  readonly prototype: string[];
  /** Global dispatchers that belong to the installed undici. Node's own dispatchers are of another class. */
  readonly globalDispatchers: string[];
  /** Whether the global dispatchers are the same as at the start of the process, where there may be none. */
  readonly isUnchanged: boolean;
  /** Names added to `globalThis`. */
  readonly globals: string[];
}

/** Runs code in a new process, in which nothing has loaded undici yet, and describes what it loaded. */
async function describeAfter(code: string, env?: Record<string, string>): Promise<LoadedUndici> {
  return (await runSource(
    `
    import { createRequire } from 'node:module';
    const load = createRequire(${sourceUrl('package.json')});
    const names = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'];
    const before = names.map((name) => globalThis[Symbol.for(name)]);
    const keys = new Set(Reflect.ownKeys(globalThis));
    ${code}
    const folder = load.resolve('undici/package.json').slice(0, -'package.json'.length);
    const loaded = Object.keys(load.cache).filter((path) => path.startsWith(folder));
    const after = names.map((name) => globalThis[Symbol.for(name)]);
    const added = Reflect.ownKeys(globalThis).filter((key) => !keys.has(key)).map(String);
    const Dispatcher = load('undici/lib/dispatcher/dispatcher.js');
    console.log(JSON.stringify({
      files: loaded.map((path) => path.slice(folder.length)),
      prototype: Object.getOwnPropertyNames(Dispatcher.prototype),
      globalDispatchers: names.filter((_, index) => after[index] instanceof Dispatcher),
      isUnchanged: names.every((_, index) => before[index] === after[index]),
      globals: added.filter((name) => !name.includes('undici.globalDispatcher')),
    }));`,
    env,
  )) as LoadedUndici;
}

/** Code that obtains credentials from the Portal in the variable PORTAL. */
const EXCHANGE = `
    const { QuixStreamingClient } = await import(${sourceUrl('src/index.ts')});
    const { PORTAL: portalApi, CA: ca, ...env } = process.env;
    const options = { portalApi, env, token: 'sdk-x', workspaceId: 'w', ...(ca && { ca }) };
    const client = new QuixStreamingClient(options);
    await client.getBrokerCredentials();
    await client.close();`;

const settings = answer(200, { 'bootstrap.servers': 'b:9092', 'security.protocol': 'PLAINTEXT' });

// Stryker adds a global variable to the code in the new processes.
const inNewProcess = { tags: ['not-in-mutation-run'] };

describe('a client', () => {
  let authority: CertificateAuthority;
  beforeAll(async () => {
    authority = await createCertificateAuthority();
  });

  it(
    'loads one file of undici and its imports without a proxy, and changes nothing in the process',
    inNewProcess,
    async () => {
      const server = await startServer(settings);
      const [used, untouched] = await Promise.all([
        describeAfter(EXCHANGE, { PORTAL: server.origin }),
        describeAfter(''),
      ]);
      expect(server.heads).toHaveLength(1);
      expect(used.files).toContain(AGENT_FILE);
      expect(used.files).not.toContain(PUBLIC_ENTRY);
      expect(used.prototype).toEqual(untouched.prototype);
      expect(used.prototype).not.toContain('request');
      expect(used).toMatchObject({ globalDispatchers: [], isUnchanged: true, globals: [] });
    },
  );

  it(
    'loads the public entry of undici with a proxy, and changes neither its classes nor the global dispatcher',
    inNewProcess,
    async () => {
      const server = await startServer(settings, await authority.issue(['portal.example']));
      const proxy = await startConnectProxy(tunnelTo(server.port));
      const [used, imported] = await Promise.all([
        describeAfter(EXCHANGE, {
          PORTAL: 'https://portal.example',
          CA: authority.certificate,
          https_proxy: proxy.url,
          no_proxy: '',
        }),
        describeAfter("await import('undici');"),
      ]);
      expect(proxy.heads).toHaveLength(1);
      expect(used.files).toContain(PUBLIC_ENTRY);
      // The public entry itself adds `request` and others. The library adds nothing to them.
      expect(used.prototype).toContain('request');
      expect(used.prototype).toEqual(imported.prototype);
      // Without precautions, the import alone would replace the global dispatcher.
      expect(imported.globalDispatchers).not.toEqual([]);
      expect(used).toMatchObject({ globalDispatchers: [], globals: [] });
    },
  );
});

describe('a bundled program', () => {
  const REQUIRE = "import { createRequire } from 'module'; const require = createRequire('/');";

  /** Bundles code that uses undici, and runs it with another version of undici next to the bundle. */
  async function runBundle(code: string, banner: string, portal: string): Promise<string> {
    const program = placeProgram('program.mjs', '');
    const undici = join(dirname(program), 'node_modules/undici');
    mkdirSync(join(undici, 'lib/dispatcher'), { recursive: true });
    writeFileSync(join(undici, 'package.json'), '{ "version": "6.0.0" }');
    for (const file of [AGENT_FILE, PUBLIC_ENTRY]) {
      writeFileSync(join(undici, file), 'process.exit(6);');
    }
    // esbuild needs a path instead of the URL.
    const contents = code.replace(sourceUrl('src/index.ts'), "'../../src/index.ts'");
    await build({
      stdin: { contents, resolveDir: import.meta.dirname },
      banner: { js: banner },
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      outfile: program,
      logLevel: 'silent',
    });
    const env = { ...process.env, PORTAL: portal };
    const { stdout } = await promisify(execFile)(process.execPath, [program], { env });
    return stdout;
  }

  it('uses the bundled undici, not another version next to the bundle', inNewProcess, async () => {
    const server = await startServer(settings);
    await runBundle(EXCHANGE, REQUIRE, server.origin);
    expect(server.heads).toHaveLength(1);
  });

  it('reports that an ES module must define require()', inNewProcess, async () => {
    const code = `try { ${EXCHANGE} } catch ({ code, hint }) { console.log(code, hint); }`;
    const output = await runBundle(code, '', 'https://portal.example');
    expect(output).toMatch(/^QUIX_CONFIG .*require\(\)/);
  });
});

describe('loadAgent', () => {
  it('loads the class of the public entry, so that dispatchers of both can be combined', async () => {
    expect(await loadAgent()).toBe(load(`undici/${AGENT_FILE}`));
    expect(await loadAgent()).toBe(Agent);
  });

  it('loads the class from the public entry if its file cannot be loaded', async () => {
    const fail = (): never => {
      throw new Error('The file has moved.');
    };
    expect(await loadAgent(fail)).toBe(Agent);
  });

  it(
    'keeps the global dispatcher of Node if the file of the agent cannot be loaded',
    inNewProcess,
    async () => {
      const { files, globalDispatchers, globals } = await describeAfter(`
      const { loadAgent } = await import(${sourceUrl('src/portal/undici.ts')});
      await loadAgent(() => { throw new Error('The file has moved.'); });`);
      expect(files).toContain(PUBLIC_ENTRY);
      expect({ globalDispatchers, globals }).toEqual({ globalDispatchers: [], globals: [] });
    },
  );

  it.each(['EMFILE', 'ENFILE', 'ERR_INVALID_PACKAGE_CONFIG', 'EIO'])(
    'reports %s as a retryable error, and does not load another file',
    async (code) => {
      const error = await failureOf(() =>
        loadAgent(() => {
          throw Object.assign(new Error('/secret/path'), { code });
        }),
      );
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: true });
      expect(error.summary).toBe(`The package undici could not be loaded (${code}).`);
      expect(error.hint).toContain('too many open files');
      expectNoLeak(error, ['/secret/path']);
    },
  );

  it('loads the class from the public entry if the file may not be read', async () => {
    const deny = (): never => {
      throw Object.assign(new Error('no'), { code: 'ERR_ACCESS_DENIED' });
    };
    expect(await loadAgent(deny)).toBe(Agent);
  });
});
