import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The Apache Kafka of the tests: 4.x runs on Java 17. */
const KAFKA_VERSION = '4.1.0';
/** Kafka's own distribution adds this binding; its Maven artifacts do not. */
const LOG4J_VERSION = '2.24.3';

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>quix-streams-auth</groupId>
  <artifactId>test-broker</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>${LOG4J_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

function assertCommand(command: string, flag: string, remedy: string): void {
  try {
    execFileSync(command, [flag], { stdio: 'ignore' });
  } catch {
    throw new Error(
      `The command ${command} is missing, which the tests with a real Kafka need. ${remedy}`,
    );
  }
}

/**
 * The folder with Kafka's jars: that of KAFKA_HOME where it is set, else a cache outside the
 * repository, filled from Maven Central once.
 */
export function findKafkaLibs(): string {
  assertCommand('java', '-version', 'Install Java 17 or newer (Debian: openjdk-17-jdk-headless).');
  const { KAFKA_HOME, XDG_CACHE_HOME } = process.env;
  if (KAFKA_HOME) {
    const libs = join(KAFKA_HOME, 'libs');
    if (!existsSync(libs)) throw new Error(`KAFKA_HOME is set, but ${libs} does not exist.`);
    return libs;
  }
  const cache = XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const libs = join(cache, 'quix-streams-auth', `kafka-${KAFKA_VERSION}`, 'libs');
  if (!existsSync(libs)) download(libs);
  return libs;
}

/** Fills a folder beside the cache and renames it: a download that was cut off leaves nothing behind. */
function download(libs: string): void {
  assertCommand('mvn', '-version', 'Install Maven (Debian: maven), or set KAFKA_HOME.');
  console.log(`Downloading Apache Kafka ${KAFKA_VERSION} from Maven Central (once, about 60 MB).`);
  mkdirSync(dirname(libs), { recursive: true });
  const folder = mkdtempSync(`${dirname(libs)}-`);
  try {
    writeFileSync(join(folder, 'pom.xml'), POM);
    const goal = [
      'dependency:copy-dependencies',
      '-DoutputDirectory=libs',
      '-DincludeScope=runtime',
    ];
    execFileSync('mvn', ['-q', '-B', ...goal], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    renameSync(join(folder, 'libs'), libs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
