import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PortalEmulatorOptions } from 'quix-streams-auth/testing';
import type { PortalAddress, PortalQuestion } from './portal-process.ts';

/** A Portal emulator in a process of its own. */
export class BenchPortal {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly address: PortalAddress;

  private constructor(child: ChildProcess, folder: string, address: PortalAddress) {
    this.#child = child;
    this.#folder = folder;
    this.address = address;
  }

  static async start(options: PortalEmulatorOptions = {}): Promise<BenchPortal> {
    const folder = mkdtempSync(join(tmpdir(), 'quix-bench-'));
    const program = fileURLToPath(new URL('portal-process.ts', import.meta.url));
    const child = fork(program, { execArgv: ['--import', 'tsx'] });
    const address = await ask(child, { start: options, folder });
    return new BenchPortal(child, folder, address as PortalAddress);
  }

  /** For a program that uses it over TLS; its environment is this alone. */
  get tlsEnv(): Record<string, string> {
    const { httpsUrl, caFile } = this.address;
    return { ...this.httpEnv, Quix__Portal__Api: httpsUrl, NODE_EXTRA_CA_CERTS: caFile };
  }

  /** For a program to which the way to the Portal is no matter. */
  get httpEnv(): Record<string, string> {
    const { httpUrl, token, workspaceId } = this.address;
    return {
      Quix__Portal__Api: httpUrl,
      Quix__Sdk__Token: token,
      Quix__Workspace__Id: workspaceId,
    };
  }

  async setRoundTrip(roundTripMs: number): Promise<void> {
    await ask(this.#child, { roundTripMs });
  }

  /** How many requests came since the last time. */
  async count(): Promise<number> {
    return Number(await ask(this.#child, { count: true }));
  }

  [Symbol.dispose](): void {
    this.#child.kill();
    rmSync(this.#folder, { recursive: true });
  }
}

async function ask(child: ChildProcess, question: PortalQuestion): Promise<unknown> {
  const answer = Promise.race([
    once(child, 'message').then(([said]: unknown[]) => said),
    once(child, 'exit').then(() => Promise.reject(new Error('The Portal of the bench ended.'))),
  ]);
  child.send(question);
  return await answer;
}
