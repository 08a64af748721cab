import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PortalAddress, PortalCommand } from './portal-process.ts';

/** A Portal emulator in its own process. */
export class BenchPortal {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly address: PortalAddress;

  private constructor(child: ChildProcess, folder: string, address: PortalAddress) {
    this.#child = child;
    this.#folder = folder;
    this.address = address;
  }

  static async start(): Promise<BenchPortal> {
    const folder = mkdtempSync(join(tmpdir(), 'quix-bench-'));
    const program = fileURLToPath(new URL('portal-process.ts', import.meta.url));
    const child = fork(program, { execArgv: ['--import', 'tsx'] });
    const address = await send(child, { start: { folder } });
    return new BenchPortal(child, folder, address as PortalAddress);
  }

  /** The whole environment of a program that connects to the Portal over TLS. */
  get tlsEnv(): Record<string, string> {
    const { httpsUrl, caFile } = this.address;
    return { ...this.httpEnv, Quix__Portal__Api: httpsUrl, NODE_EXTRA_CA_CERTS: caFile };
  }

  /** The whole environment of a program that connects to the Portal without TLS and delay. */
  get httpEnv(): Record<string, string> {
    const { httpUrl, token, workspaceId } = this.address;
    return {
      Quix__Portal__Api: httpUrl,
      Quix__Sdk__Token: token,
      Quix__Workspace__Id: workspaceId,
    };
  }

  async setRoundTrip(roundTripMs: number): Promise<void> {
    await send(this.#child, { roundTripMs });
  }

  /** Resolves to the number of requests since the last call. */
  async takeRequestCount(): Promise<number> {
    return Number(await send(this.#child, { takeRequestCount: true }));
  }

  [Symbol.dispose](): void {
    this.#child.kill();
    rmSync(this.#folder, { recursive: true });
  }
}

/** Sends a command and resolves to the response. */
async function send(child: ChildProcess, command: PortalCommand): Promise<unknown> {
  const response = Promise.race([
    once(child, 'message').then(([message]: unknown[]) => message),
    once(child, 'exit').then(() => Promise.reject(new Error('The Portal emulator has exited.'))),
  ]);
  child.send(command);
  return await response;
}
