import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const GUARDIAN = fileURLToPath(new URL('guardian.mjs', import.meta.url));
/** A broker that does not end by itself in this time is killed. */
const STOP_TIMEOUT_MS = 15_000;
/** Small and quick to start: the tests move kilobytes. */
const JVM_FLAGS = [
  '-Xmx512m',
  '-Xms256m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:-UsePerfData',
];

const LOG4J = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = WARN
rootLogger.appenderRef.console.ref = console
`;

/** Flags to run one of Kafka's main classes. */
export function javaArgs(
  libs: string,
  folder: string,
  mainClass: string,
  args: readonly string[],
): string[] {
  const log4j = join(folder, 'log4j2.properties');
  writeFileSync(log4j, LOG4J);
  return [
    ...JVM_FLAGS,
    `-Dlog4j2.configurationFile=${log4j}`,
    '-cp',
    join(libs, '*'),
    mainClass,
    ...args,
  ];
}

/** One broker process, which can be stopped and started again on the same data. */
export class KafkaBroker {
  readonly #libs: string;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  constructor(libs: string, folder: string) {
    this.#libs = libs;
    this.#folder = folder;
  }

  start(): void {
    const args = javaArgs(this.#libs, this.#folder, 'kafka.Kafka', [
      join(this.#folder, 'server.properties'),
    ]);
    const log = createWriteStream(this.#logFile, { flags: 'a' });
    const child = spawn(process.execPath, [GUARDIAN, 'java', ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    this.#process = child;
  }

  get hasEnded(): boolean {
    return this.#process === undefined || this.#process.exitCode !== null;
  }

  /** The end of its log, for the message of a failure. */
  get logTail(): string {
    try {
      return readFileSync(this.#logFile, 'utf8').split('\n').slice(-30).join('\n');
    } catch {
      return '(no log)';
    }
  }

  /** Ends it by its process id, as a supervisor would; by force when it takes too long. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child?.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.stdin?.end(), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }

  get #logFile(): string {
    return join(this.#folder, 'broker.log');
  }
}
