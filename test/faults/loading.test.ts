import { describe, expect, it } from 'vitest';
import { runSource, sourceUrl } from '../support/run-source.ts';
import { startServer } from '../support/scripted-server.ts';
import { good } from './scripted-portal.ts';

interface Attempt {
  readonly name?: string;
  readonly code?: string;
  readonly retryable?: boolean;
  readonly message: string;
}

interface Result {
  /** Error of the call while the process could not open files. */
  readonly failed: Attempt;
  /** Generations of the credentials that the same client and a new client returned later. */
  readonly generations: readonly number[];
  /** Generation of the credentials of a call that was waiting until files could be opened. */
  readonly waited: number;
}

/** Opens files until the process can open only `spare` more, and closes these files. */
const EXHAUST = `
  import { closeSync, openSync } from 'node:fs';
  const files = [];
  const exhaust = (spare) => {
    try {
      for (;;) files.push(openSync('/dev/null'));
    } catch {
      for (let i = 0; i < spare; i++) closeSync(files.pop());
    }
  };
  const release = () => { for (const file of files.splice(0)) closeSync(file); };`;

describe.skipIf(process.platform === 'win32')('with too many open files at the first call', () => {
  it.each([0, 1, 2, 3])(
    'and %i left, the call can only fail with a QuixError, and the next call of any client succeeds',
    { meta: { faults: [108] }, tags: ['not-in-mutation-run'], timeout: 30_000 },
    async (spare) => {
      const server = await startServer(good);
      const code = `
        ${EXHAUST}
        const { QuixError, QuixStreamingClient } = await import(${sourceUrl('src/index.ts')});
        const options = { token: 'sdk-x', portalApi: process.env.PORTAL, workspaceId: 'w', env: {} };
        const create = (timeoutMs) => new QuixStreamingClient({ ...options, timeoutMs });
        const first = create(1_000);
        exhaust(${spare});
        // Node may close a file of its own later, and the call would then succeed.
        const timer = setInterval(exhaust, 1, ${spare});
        const failed = await first.getBrokerCredentials().catch((error) => ({
          name: error instanceof QuixError ? 'QuixError' : error.constructor.name,
          code: error.code, retryable: error.retryable, message: error.message,
        }));
        const waiting = create(20_000).getBrokerCredentials();
        await new Promise((resolve) => setTimeout(resolve, 100));
        clearInterval(timer);
        release();
        const generations = [];
        for (const client of [first, create(20_000)])
          generations.push((await client.getBrokerCredentials()).generation);
        const waited = (await waiting).generation;
        console.log(JSON.stringify({ failed, generations, waited }));
        process.exit();`;
      const env = { PORTAL: server.origin, NODE_OPTIONS: '' };
      const { failed, generations, waited } = (await runSource(code, env)) as Result;
      if (spare === 0) {
        expect(failed.message).toMatch(/undici could not be loaded \(.*too many open files/);
      }
      // With some files left, the connection may fail instead, or the call may succeed.
      if (spare === 0 || failed.code !== undefined) {
        expect(failed).toMatchObject({
          name: 'QuixError',
          code: 'QUIX_PORTAL_UNAVAILABLE',
          retryable: true,
        });
      }
      expect(generations[1]).toBe(1);
      expect(generations[0]).toBeGreaterThan(0);
      expect(waited).toBe(1);
    },
  );
});
