import { join } from 'node:path';
import { expect, it } from 'vitest';
import { confluentFolder } from './kafka/support/confluent-build.ts';
import { messagesOf, readSource, unknown } from './support/troubleshooting.ts';

it('docs/troubleshooting.md quotes the messages of librdkafka and its binding exactly', () => {
  const messages = messagesOf('librdkafka');
  expect(messages.length).toBeGreaterThan(10);
  const folder = confluentFolder();
  const source = ['deps/librdkafka/src', 'lib']
    .map((each) => readSource(join(folder, each), /\.(?:c|js)$/))
    .join('\n');
  expect(unknown(messages, source)).toEqual([]);
});
