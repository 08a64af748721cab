import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { waitUntil } from '../test/kafka/support/wait-until.ts';

interface RunOptions {
  /** Expected exit code. */
  readonly code?: number;
  readonly env?: NodeJS.ProcessEnv;
  /** The command as the document shows it. */
  readonly title?: string;
}

/** The lines of a document, and the commands that were started for it. */
export class Transcript {
  readonly lines: string[] = [];
  /** The environment of all commands. */
  readonly env: NodeJS.ProcessEnv;
  readonly #folder: string;
  /** Replaces what differs from run to run. */
  readonly #normalize: (output: string) => string;
  readonly #secrets = new Set<string>();
  readonly #children = new Set<ChildProcess>();

  /**
   * @param folder - The folder in which all commands run.
   * @param normalize - Replaces what differs from run to run, such as times.
   */
  constructor(folder: string, normalize: (output: string) => string) {
    this.#folder = folder;
    this.#normalize = normalize;
    // Without the variables of Quix, npm and Node that are set on this machine.
    const entries = Object.entries(process.env);
    this.env = Object.fromEntries(entries.filter(([name]) => !/^quix_|^npm_|^node_/i.test(name)));
    this.env['NO_COLOR'] = '1';
  }

  /** Hides a text in everything that is shown. */
  hide(secret: string): void {
    this.#secrets.add(secret);
  }

  write(...text: string[]): void {
    this.lines.push(...text);
    console.log(text.join('\n'));
  }

  /** Runs a command, writes its output, and returns how it ended, for example `(1.2 s)`. */
  async run(command: string, options: RunOptions = {}): Promise<string> {
    const { code: expectedCode = 0, env = this.env, title = command } = options;
    const startedAt = performance.now();
    const child = spawn('sh', ['-c', `${command} 2>&1`], { cwd: this.#folder, env });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    this.#writeBlock(title, output);
    if (code !== expectedCode) {
      throw new Error(`${title} exited with ${code ?? 'a signal'} instead of ${expectedCode}.`);
    }
    return `(${seconds} s${code === 0 ? '' : `, exit code ${code}`})`;
  }

  /** Starts a command that keeps running. Waits until its output matches `pattern`. */
  async start(
    command: string,
    args: readonly string[],
    pattern: RegExp,
    title = command,
  ): Promise<{ child: ChildProcess; output: string }> {
    const child = spawn(command, args, { cwd: this.#folder, env: this.env });
    this.#children.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    await waitUntil(() => Promise.resolve(pattern.test(output) || child.exitCode !== null), {
      timeoutMs: 60_000,
      what: title,
    });
    for (const [secret] of output.matchAll(/sdk-[0-9a-f]{8,}/g)) this.hide(secret);
    if (pattern.test(output)) return { child, output };
    throw new Error(`${title} exited before it printed ${pattern}:\n${this.#clean(output)}`);
  }

  /** Starts a command as `start()` does, and writes its output so far. */
  async show(
    command: string,
    args: readonly string[],
    pattern: RegExp,
    title: string,
  ): Promise<{ child: ChildProcess; output: string }> {
    const startedAt = performance.now();
    const started = await this.start(command, args, pattern, title);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    this.#writeBlock(title, started.output);
    this.write(`(printed after ${seconds} s)`, '');
    return started;
  }

  /** Stops a started command, or all of them. */
  async stop(children: Iterable<ChildProcess> = this.#children): Promise<void> {
    for (const child of [...children]) {
      this.#children.delete(child);
      if (child.exitCode === null && child.signalCode === null && child.kill()) {
        await once(child, 'exit');
      }
    }
  }

  /** @throws Error if the collected lines contain a secret */
  assertNoSecret(): void {
    const text = this.lines.join('\n');
    for (const secret of this.#secrets) {
      if (text.includes(secret)) throw new Error('The output contains a secret.');
    }
  }

  /** Returns a text as the document shows it. */
  #clean(text: string): string {
    let cleaned = stripVTControlCharacters(text);
    for (const secret of this.#secrets) cleaned = cleaned.replaceAll(secret, '(hidden)');
    return this.#normalize(cleaned).trim();
  }

  #writeBlock(title: string, output: string): void {
    const shown = this.#clean(output);
    this.write('```console', `$ ${this.#clean(title)}`, ...(shown ? [shown] : []), '```', '');
  }
}
