import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseErrorBody } from '../../src/portal/http-error.ts';
import { Redactor } from '../../src/token/index.ts';
import { randomSecret } from '../support/leaks.ts';

const parse = (body: unknown, secrets: readonly string[] = []) =>
  parseErrorBody(typeof body === 'string' ? body : JSON.stringify(body), new Redactor(secrets));

describe('parseErrorBody', () => {
  it('returns the message and the correlation id of an object', () => {
    const body = { message: 'No such workspace.', correlationId: '0HM:1-a.b_c' };
    expect(parse({ ...body, more: 1 })).toEqual(body);
  });

  it('returns a JSON string or plain text as the message', () => {
    expect(parse('"No such workspace."')).toEqual({ message: 'No such workspace.' });
    expect(parse('No such workspace.')).toEqual({ message: 'No such workspace.' });
  });

  it.each(['', ' \n', 'null', '42', 'true', '[]', '["x"]', '{}', '""', '" "'])(
    'returns nothing for %j',
    (body) => {
      expect(parse(body)).toEqual({});
    },
  );

  it.each(['<html>x</html>', '\n <!DOCTYPE html>', '<?xml version="1.0"?>', '"<b>x</b>"'])(
    'returns nothing for the markup %j',
    (body) => {
      expect(parse(body)).toEqual({});
    },
  );

  it.each<[unknown]>([
    [{ message: 5, correlationId: 6 }],
    [{ message: null, correlationId: null }],
    [{ message: ['x'], correlationId: { x: 1 } }],
    [{ Message: 'x', correlationid: 'y' }],
  ])('ignores fields of other types and other names: %j', (body) => {
    expect(parse(body)).toEqual({});
  });

  it('reads only own fields, even if the prototype of objects was polluted', () => {
    expect(parse('{"__proto__":{"message":"x","correlationId":"y"}}')).toEqual({});
    const prototype = Object.prototype as { message?: string };
    prototype.message = 'x';
    onTestFinished(() => {
      delete prototype.message;
    });
    expect(Object.values(parse('{}'))).toEqual([undefined, undefined]);
  });

  it('returns a correlation id without a message and a message without a correlation id', () => {
    expect(parse({ message: '', correlationId: 'c-1' })).toEqual({ correlationId: 'c-1' });
    expect(parse({ message: 'x', correlationId: 'a b' })).toEqual({ message: 'x' });
  });

  it('cleans the message of an object, of a JSON string and of plain text', () => {
    expect(parse({ message: ' a\r\nb ' })).toEqual({ message: 'a b' });
    expect(parse('"a\\nb"')).toEqual({ message: 'a b' });
    expect(parse('a\nb')).toEqual({ message: 'a b' });
  });

  it('drops a message or a correlation id that contains one of the secrets', () => {
    const secret = randomSecret('');
    expect(parse({ message: `bad token ${secret}`, correlationId: secret }, [secret])).toEqual({});
    expect(parse(`bad token ${secret}`, ['another-one', secret])).toEqual({});
    expect(parse(`"${secret}"`, [secret])).toEqual({});
  });

  it('never throws, and returns printable texts of limited length', () => {
    const bodies = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.json(),
      fc.record({ message: fc.anything(), correlationId: fc.anything() }).map((body) => {
        try {
          return JSON.stringify(body);
        } catch {
          return ''; // a bigint
        }
      }),
      fc
        .record({ message: fc.string({ unit: 'binary' }), correlationId: fc.string() })
        .map((body) => JSON.stringify(body)),
    );
    fc.assert(
      fc.property(bodies, fc.array(fc.string({ minLength: 1 })), (body, tokens) => {
        const { message = 'x', correlationId = 'x', ...rest } = parse(body, tokens);
        expect(rest).toEqual({});
        expect(message.length).toBeLessThanOrEqual(301);
        expect(message).toMatch(/^[\p{L}\p{M}\p{N}\p{P}\p{S} \ud800-\udfff]+$/u);
        expect(correlationId).toMatch(/^[\w.:-]{1,128}$/);
      }),
      { numRuns: 50 },
    );
  });
});
