import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'quix-types-'));

/** What a user writes, with nothing cast. */
const SERVICE = `
import { KafkaJS } from '@confluentinc/kafka-javascript';
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka';
import { Kafka, type KafkaConfig, type Producer as KafkaJSProducer } from 'kafkajs';
import { QuixStreamingClient, type BrokerCredentials } from 'quix-streams-auth';
import { confluentKafka } from 'quix-streams-auth/confluent';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
import { platformaticClient } from 'quix-streams-auth/platformatic';

const quix = new QuixStreamingClient();
export const credentials: Promise<BrokerCredentials> = quix.getBrokerCredentials();

export const config: KafkaConfig = kafkaJSConfig(quix, { clientId: 'my-service' });
export const kafkaJSProducer: KafkaJSProducer = new Kafka(config).producer();

export const producer: Producer<string, string, string, string> = platformaticClient(quix, Producer, {
  serializers: stringSerializers,
});
export const consumer: Consumer<string, string, string, string> = platformaticClient(quix, Consumer, {
  groupId: 'my-group',
  deserializers: stringDeserializers,
});
export const admin: Admin = platformaticClient(quix, Admin);

const kafka = confluentKafka(quix, KafkaJS, { kafkaJS: { clientId: 'my-service' } });
export const confluentProducer: KafkaJS.Producer = kafka.producer({ 'linger.ms': 5 });
export const confluentConsumer: KafkaJS.Consumer = kafka.consumer({ kafkaJS: { groupId: 'my-group' } });
export const confluentAdmin: KafkaJS.Admin = kafka.admin();
export const messages: Promise<KafkaJS.RecordMetadata[]> = confluentProducer.send({
  topic: 'my-topic',
  messages: [{ key: 'car-1', value: '312' }],
});

// @ts-expect-error A consumer needs its group.
platformaticClient(quix, Consumer, {});
// @ts-expect-error The library has no such option.
kafkaJSConfig(quix, { clientID: 'my-service' });
`;

function problemsOf(file: string, options: ts.CompilerOptions): string[] {
  const program = ts.createProgram([join(folder, file)], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    types: ['node'],
    typeRoots: [join(folder, 'node_modules', '@types')],
    ...options,
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

describe('the types of the tarball, with the Kafka clients that are installed beside it,', () => {
  beforeAll(() => {
    const packages = ['kafkajs@2', '@platformatic/kafka@1', '@confluentinc/kafka-javascript@1'];
    // Types alone are looked at: nothing is built.
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund'];
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    execFileSync('npm', ['install', ...flags, inject('tarball'), ...packages, '@types/node@20'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    writeFileSync(join(folder, 'service.mts'), SERVICE);
    writeFileSync(join(folder, 'service.cts'), SERVICE);
  }, 120_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const { NodeNext, Node16, ESNext } = ts.ModuleKind;
  it.each([
    ['service.mts', 'nodenext', { module: NodeNext }],
    ['service.cts', 'nodenext', { module: NodeNext }],
    ['service.mts', 'node16', { module: Node16 }],
    [
      'service.mts',
      'bundler',
      { module: ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
    ],
  ])(
    'are accepted without a cast: %s with %s',
    (file, _, options) => {
      expect(problemsOf(file, options)).toEqual([]);
    },
    60_000,
  );
});
