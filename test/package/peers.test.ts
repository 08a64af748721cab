import { describe, expect, it } from 'vitest';
import { runNode } from './run-node.ts';

/** Entry points, a call that needs another package, and the command that installs it. The package is not installed. */
const ENTRY_POINTS = [
  [
    'confluent',
    'confluentKafka',
    'confluentKafka(quix, undefined)',
    'npm install @confluentinc/kafka-javascript',
  ],
  [
    'librdkafka',
    'librdkafkaConfig',
    `await quix.close();
    const local = new QuixStreamingClient({ brokerAddress: 'localhost:9092', env: {} });
    (await librdkafkaConfig(local)).attach(undefined)`,
    'npm install node-rdkafka',
  ],
  [
    'platformatic',
    'platformaticClient',
    'platformaticClient(quix, undefined)',
    'npm install @platformatic/kafka',
  ],
  [
    'nestjs',
    'QuixKafkaServer',
    'new QuixKafkaServer(quix)',
    'npm install @nestjs/microservices kafkajs',
  ],
  [
    'nestjs',
    'QuixKafkaClient',
    'new QuixKafkaClient(quix)',
    'npm install @nestjs/microservices kafkajs',
  ],
  [
    'testing/msw',
    'portalHandlers',
    'portalHandlers(createPortalState())',
    'npm install --save-dev msw',
  ],
] as const;

const program = (call: string): string => `
  (async () => {
  const quix = new QuixStreamingClient({ token: 'sdk-' + 'a'.repeat(32) });
  try {
    ${call};
  } catch (error) {
    const { code, message } = error;
    console.log(JSON.stringify({ isQuixError: error instanceof QuixError, code, message }));
  }
  })();`;

describe.each(ENTRY_POINTS)(
  'quix-streams-auth/%s without the package that %s needs',
  (entry, name, call, command) => {
    const expected: unknown = {
      isQuixError: true,
      code: 'QUIX_CONFIG',
      message: expect.stringContaining(command) as unknown,
    };

    it('can be imported and names the command that installs the package', () => {
      const code = `
        import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
        import { createPortalState } from 'quix-streams-auth/testing';
        import { ${name} } from 'quix-streams-auth/${entry}';
        ${program(call)}`;
      expect(runNode('module', code)).toEqual(expected);
    });

    it('can be required and names the command that installs the package', () => {
      const code = `
        const { QuixError, QuixStreamingClient } = require('quix-streams-auth');
        const { createPortalState } = require('quix-streams-auth/testing');
        const { ${name} } = require('quix-streams-auth/${entry}');
        ${program(call)}`;
      expect(runNode('commonjs', code)).toEqual(expected);
    });
  },
);
