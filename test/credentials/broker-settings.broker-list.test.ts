import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBrokerList } from '../../src/credentials/broker-settings.ts';

describe('parseBrokerList()', () => {
  it.each<[string, string[]]>([
    ['localhost:19092', ['localhost:19092']],
    ['a.example:9093,b.example:9093', ['a.example:9093', 'b.example:9093']],
    [' a:1 ,\tb:2,\n', ['a:1', 'b:2']],
    [',,a:1,,', ['a:1']],
    ['a', ['a:9092']],
    ['a,a:9092,a:1', ['a:9092', 'a:1']],
    ['a:09092', ['a:9092']],
    ['a:1,a:65535', ['a:1', 'a:65535']],
    ['SASL_SSL://a:9093', ['a:9093']],
    ['PLAINTEXT://a,ssl://b:1', ['a:9092', 'b:1']],
    ['10.0.0.1:9092', ['10.0.0.1:9092']],
    ['[::1]:9092,[2001:db8::5]', ['[::1]:9092', '[2001:db8::5]:9092']],
    ['kafka_1-x.Example.COM:9092', ['kafka_1-x.Example.COM:9092']],
  ])('reads %j', (list, brokers) => {
    expect(parseBrokerList(list)).toEqual(brokers);
  });

  it.each(['', ' ', ',', ' ,\n,'])('returns undefined for the empty list %j', (list) => {
    expect(parseBrokerList(list)).toBeUndefined();
  });

  it.each([
    'a:0',
    'a:65536',
    'a:999999',
    'a:-1',
    'a:',
    'a:x',
    'a:9092:9092',
    ':9092',
    '::1',
    '2001:db8::5:9092',
    '[]:9092',
    '[::1',
    '[a.example]:9092',
    'a b:9092',
    'a:9092 b:9092',
    'a:9092;b:9092',
    'user:pw@a:9092',
    'SASL_SSL://',
    'SASL_SSL://a:9092/path',
    'http://http://a:9092',
    '1http://a:9092',
    'a:http://9092',
    'a.example:9093,b example',
    'ä:9092',
    '<html>',
  ])('returns undefined for %j, because one entry is not a broker', (list) => {
    expect(parseBrokerList(list)).toBeUndefined();
  });

  it('returns undefined or valid brokers for any text, and parses these to the same list', () => {
    const entries = fc.tuple(
      fc.constantFrom('', ' ', 'SSL://'),
      fc.oneof(
        fc.domain(),
        fc.ipV4(),
        fc.ipV6().map((ip) => `[${ip}]`),
        fc.string({ maxLength: 5 }),
      ),
      fc.oneof(
        fc.constant(''),
        fc.integer({ min: -1, max: 70_000 }).map((port) => `:${port}`),
      ),
    );
    const lists = fc.array(entries.map((parts) => parts.join(''))).map((each) => each.join(','));
    fc.assert(
      fc.property(fc.oneof(lists, fc.string()), (list) => {
        const brokers = parseBrokerList(list);
        if (!brokers) return;
        expect(brokers.length).toBeGreaterThan(0);
        expect(new Set(brokers).size).toBe(brokers.length);
        for (const broker of brokers) {
          const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(broker) ?? [];
          expect(host).toMatch(/^(?:[\w.-]+|\[[0-9A-Fa-f:.%]+\])$/);
          expect(Number(port)).toBeGreaterThanOrEqual(1);
          expect(Number(port)).toBeLessThanOrEqual(65_535);
        }
        expect(parseBrokerList(brokers.join(','))).toEqual(brokers);
      }),
    );
  });

  it('keeps all valid entries in their order', () => {
    const broker = fc
      .tuple(fc.oneof(fc.domain(), fc.ipV4()), fc.integer({ min: 1, max: 65_535 }))
      .map(([host, port]) => `${host}:${port}`);
    fc.assert(
      fc.property(fc.uniqueArray(broker, { minLength: 1 }), (brokers) => {
        expect(parseBrokerList(brokers.join(' , '))).toEqual(brokers);
      }),
    );
  });
});
