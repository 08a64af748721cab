import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GuardedProcess } from './guarded-process.ts';

/** A small heap starts faster, and the tests send only kilobytes. */
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

export interface BrokerFiles {
  /** Folder with Kafka's jars. */
  readonly libs: string;
  /** Folder of this broker with its `server.properties`. */
  readonly home: string;
  /** Folder of the cluster, which is removed when the broker is killed. */
  readonly clusterFolder: string;
}

/** A broker process that can be restarted with the same data. */
export class KafkaBroker {
  readonly #files: BrokerFiles;
  #process: GuardedProcess | undefined;

  constructor(files: BrokerFiles) {
    this.#files = files;
  }

  get #properties(): string {
    return join(this.#files.home, 'server.properties');
  }

  #run(mainClass: string, args: readonly string[]): GuardedProcess {
    const { libs, home, clusterFolder } = this.#files;
    const log4j = join(home, 'log4j2.properties');
    writeFileSync(log4j, LOG4J);
    const classPath = ['-cp', join(libs, '*')];
    return new GuardedProcess({
      command: 'java',
      args: [...JVM_FLAGS, `-Dlog4j2.configurationFile=${log4j}`, ...classPath, mainClass, ...args],
      folder: clusterFolder,
      logFile: join(home, 'broker.log'),
    });
  }

  /** Formats the data folder, which Kafka requires before the first start. */
  async format(clusterId: string, users: readonly string[]): Promise<void> {
    const args = ['format', '--cluster-id', clusterId, '--config', this.#properties, ...users];
    this.#process = this.#run('kafka.tools.StorageTool', args);
    if ((await this.#process.ended) !== 0) {
      throw new Error(`Kafka's storage could not be formatted:\n${this.#process.logTail}`);
    }
  }

  start(): void {
    this.#process = this.#run('kafka.Kafka', [this.#properties]);
  }

  get hasEnded(): boolean {
    return this.#process?.hasEnded ?? true;
  }

  get logTail(): string {
    return this.#process?.logTail ?? '';
  }

  /** Stops the broker as in a rolling restart, after it has moved its partitions. */
  async stop(): Promise<void> {
    await this.#process?.terminate();
  }

  /** Kills the broker and keeps its data. */
  async crash(): Promise<void> {
    await this.#process?.crash();
  }

  /** Kills the broker and removes its data. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }
}
