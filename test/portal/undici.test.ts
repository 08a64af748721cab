import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadUndici } from '../../src/portal/undici.ts';
import { answer, startServer } from '../support/scripted-server.ts';

const run = promisify(execFile);
const url = (path: string): string => new URL(path, import.meta.url).href;

/** Runs a module in a Node of its own, in which nobody has touched anything yet. */
async function inNewProcess(code: string): Promise<unknown> {
  const flags = ['--no-warnings', '--import', 'tsx', '--input-type=module', '--eval', code];
  const { stdout } = await run(process.execPath, flags, { cwd: new URL('../..', import.meta.url) });
  return JSON.parse(stdout);
}

describe('loadUndici', () => {
  it("leaves fetch to Node's own dispatcher, whether it loads its parts or the whole of it", async () => {
    const ask = (parts: string): Promise<unknown> =>
      inNewProcess(`
        import { loadUndici } from ${JSON.stringify(url('../../src/portal/undici.ts'))};
        // Node's own are under these names, the second one as of Node 24.
        const DISPATCHERS = [1, 2].map((version) => Symbol.for('undici.globalDispatcher.' + version));
        const keys = () => Reflect.ownKeys(globalThis).filter((key) => !DISPATCHERS.includes(key)).length;
        const before = keys();
        const { Agent } = await loadUndici(${parts});
        console.log(JSON.stringify({
          added: keys() - before,
          isOurs: DISPATCHERS.some((name) => globalThis[name] instanceof Agent),
        }));`);
    const moved = '() => Promise.reject(new Error("moved"))';
    expect(await Promise.all([ask('undefined'), ask(moved)])).toEqual([
      { added: 0, isOurs: false },
      { added: 0, isOurs: false },
    ]);
  });

  it.each([
    ['the single files', undefined],
    ['the public entry, for an undici whose files have moved', () => Promise.reject(new Error())],
  ])('gives what requests need from %s', async (_, parts) => {
    const server = await startServer(answer(200, 'hello'));
    const undici = await loadUndici(parts);
    const dispatcher = new undici.Agent();
    const { statusCode, body } = await undici.request(dispatcher, {
      origin: server.origin,
      path: '/',
      method: 'GET',
    });
    expect([statusCode, await body.text()]).toEqual([200, 'hello']);
    await dispatcher.close();
    await new undici.EnvHttpProxyAgent({ httpProxy: 'http://127.0.0.1:1' }).close();
  });
});
