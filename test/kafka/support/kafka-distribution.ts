import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cachePath } from './cached-install.ts';

/** The version of Apache Kafka for the tests. 4.x needs Java 17. */
const KAFKA_VERSION = '4.1.0';
const MIN_JAVA = 17;
/** Kafka's distribution contains this binding, but its Maven artifacts do not. */
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
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-tools</artifactId>
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

/** Returns everything that must be installed to run Kafka. */
function findMissing(needsMaven: boolean): string[] {
  const missing: string[] = [];
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = /version "(\d+)/.exec(java.stderr)?.[1];
  if (java.error || Number(version ?? MIN_JAVA) < MIN_JAVA) {
    const found = java.error ? '' : ` (found: ${version ?? ''})`;
    missing.push(`Java ${MIN_JAVA} or newer${found}; Debian: openjdk-17-jdk-headless`);
  }
  if (needsMaven && spawnSync('mvn', ['-version']).error) {
    missing.push('Maven (the command mvn; Debian: maven), or KAFKA_HOME set to an unpacked Kafka');
  }
  return missing;
}

function assertInstalled(needsMaven: boolean): void {
  const missing = findMissing(needsMaven);
  if (missing.length === 0) return;
  throw new Error(
    `The tests with a real Kafka need software that is not installed:\n- ${missing.join('\n- ')}`,
  );
}

/**
 * Returns the folder with Kafka's jars: the one in KAFKA_HOME if it is set, else a cache outside
 * the repository, which is filled from Maven Central once.
 */
export function findKafkaLibs(): string {
  const { KAFKA_HOME } = process.env;
  if (KAFKA_HOME) {
    const libs = join(KAFKA_HOME, 'libs');
    if (!existsSync(libs)) throw new Error(`KAFKA_HOME is set, but ${libs} does not exist.`);
    assertInstalled(false);
    return libs;
  }
  const libs = join(cachePath(`kafka-${KAFKA_VERSION}-and-tools`), 'libs');
  const isCached = existsSync(libs);
  assertInstalled(!isCached);
  if (!isCached) download(libs);
  return libs;
}

/**
 * Fills a temporary folder and renames it, so that an interrupted download leaves no partial cache.
 */
function download(libs: string): void {
  console.log(`Downloading Apache Kafka ${KAFKA_VERSION} with Maven (once, about 45 MB).`);
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
  } catch (error) {
    // Another run may have filled the cache in the meantime.
    if (!existsSync(libs)) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
