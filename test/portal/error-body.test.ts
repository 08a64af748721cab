import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { containsSecret, parseErrorBody } from '../../src/portal/error-body.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';

const parse = (body: unknown, secrets: readonly string[] = []) =>
  parseErrorBody(typeof body === 'string' ? body : JSON.stringify(body), secrets);

describe('parseErrorBody', () => {
  it('reads message and correlation id of an object', () => {
    expect(parse({ message: 'No such workspace.', correlationId: '0HM:1-a.b_c', more: 1 })).toEqual(
      {
        message: 'No such workspace.',
        correlationId: '0HM:1-a.b_c',
      },
    );
  });

  it('reads a bare JSON string, and plain text', () => {
    expect(parse('"No such workspace."')).toEqual({ message: 'No such workspace.' });
    expect(parse('No such workspace.')).toEqual({ message: 'No such workspace.' });
  });

  it.each(['', ' \n', 'null', '42', 'true', '[]', '["x"]', '{}', '""', '" "'])(
    'finds nothing in %j',
    (body) => {
      expect(parse(body)).toEqual({});
    },
  );

  it.each(['<html>x</html>', '\n <!DOCTYPE html>', '<?xml version="1.0"?>', '"<b>x</b>"'])(
    'leaves out markup such as %j',
    (body) => {
      expect(parse(body)).toEqual({});
    },
  );

  it.each<[unknown]>([
    [{ message: 5, correlationId: 6 }],
    [{ message: null, correlationId: null }],
    [{ message: ['x'], correlationId: { x: 1 } }],
    [{ Message: 'x', correlationid: 'y' }],
  ])('leaves out fields of other types and names: %j', (body) => {
    expect(parse(body)).toEqual({});
  });

  it('reads own fields alone, even if somebody has polluted the prototype', () => {
    expect(parse('{"__proto__":{"message":"x","correlationId":"y"}}')).toEqual({});
    const prototype = Object.prototype as { message?: string };
    prototype.message = 'x';
    onTestFinished(() => {
      delete prototype.message;
    });
    expect(Object.keys(parse('{}'))).toEqual([]);
  });

  it('leaves out a correlation id that looks like a token', () => {
    for (const correlationId of ['sdk-0123456789', `x:${randomSecret('pat-')}`])
      expect(parse({ message: 'x', correlationId })).toEqual({ message: 'x' });
  });

  it('keeps the correlation id of an error whose message is left out', () => {
    expect(parse({ message: '', correlationId: 'c-1' })).toEqual({ correlationId: 'c-1' });
  });

  it.each(['', 'a b', 'a\nb', 'ä', '<c>', 'x'.repeat(129)])(
    'leaves out the correlation id %j, which is none',
    (correlationId) => {
      expect(parse({ message: 'x', correlationId })).toEqual({ message: 'x' });
    },
  );

  it('makes one line of printable characters of a message', () => {
    expect(parse({ message: ' a\r\nb\tc\u0000\u001b[31md\u200b\u202ee\u2028f grüße ✓ ' })).toEqual({
      message: 'a b c [31md e f grüße ✓',
    });
  });

  it('cuts a message after 300 characters', () => {
    const words = 'some words '.repeat(100);
    expect(parse(words.slice(0, 299)).message).toBe(words.slice(0, 299));
    expect(parse(words).message).toBe(`${words.slice(0, 300)}…`);
  });

  it('takes the whole message away when it repeats the token', () => {
    const secret = randomSecret('');
    expect(parse({ message: `bad token ${secret}`, correlationId: secret }, [secret])).toEqual({});
    expect(parse(`bad token ${secret}`, ['another-one', secret])).toEqual({});
  });

  it.each([
    ['a streaming token', randomSecret('sdk-')],
    ['a Personal Access Token', randomSecret('pat-')],
    ['another case', randomSecret('SDK-').toUpperCase()],
    ['a JWT', `eyJhbGciOiJIUzI1NiJ9.${randomSecret('eyJ')}.${randomSecret('')}`],
    ['a JWT without an end', `eyJhbGciOiJIUzI1NiJ9.${randomSecret('eyJ')}`],
    ['a header with more blanks', `Bearer   ${randomSecret('x').slice(0, 20)}`],
    ['a header', `Bearer ${randomSecret('x').slice(0, 20)}`],
    ['hexadecimal digits', randomSecret('')],
  ])("redacts what looks like %s, whoever's it is", (_, foreign) => {
    const { message } = parse(`The token ${foreign}, it is unknown.`);
    expect(message).toMatch(/^The token \[redacted\],? it is unknown\.$/);
    expectNoLeak(message, [foreign.replace(/Bearer +/, '')]);
  });

  it('lets words be that only begin like a token', () => {
    const message = 'sdk-x pat-1 eyJ eyJabc bearerless deadbeef 0HMPCVB4Q0G3O';
    expect(parse(message)).toEqual({ message });
  });

  it('needs no time to speak of for a long and hostile body', () => {
    for (const unit of ['eyJ-', 'eyJaaaaaa.', 'sdk-', 'Bearer ', 'a', 'f-', '\u0000', '%']) {
      const body = unit.repeat(Math.floor(65_536 / unit.length));
      const began = performance.now();
      parse(body, [randomSecret()]);
      expect(performance.now() - began).toBeLessThan(1_000);
    }
  });

  const secrets = fc.stringMatching(/^[\w.~+/=-]{16,60}$/);
  const around = fc.string({ maxLength: 20 });
  const encodings = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => text.toUpperCase(),
    (text) => text.toLowerCase(),
    (text) => encodeURIComponent(text),
    (text) => Buffer.from(text).toString('hex').replace(/../g, '%$&'),
    (text) => Buffer.from(text).toString('base64'),
    (text) => Buffer.from(text).toString('base64url'),
    (text) => Buffer.from(`Bearer ${text}`).toString('base64'),
    (text) => Buffer.from(`ab${text}c`).toString('base64url'),
  );
  const shapes = fc.constantFrom<(echo: string) => string>(
    (echo) => JSON.stringify({ message: echo, correlationId: echo }),
    (echo) => JSON.stringify(echo),
    (echo) => echo,
  );

  it('never repeats a secret, in whatever case or encoding it is echoed', () => {
    fc.assert(
      fc.property(
        secrets,
        around,
        around,
        encodings,
        shapes,
        (secret, before, after, encode, shape) => {
          const { message = '', correlationId = '' } = parse(
            shape(before + encode(secret) + after),
            [secret],
          );
          // What is shorter than the secret is not the secret: base64 loses shared digits at its ends.
          for (const text of [message, correlationId]) {
            expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
            expect(text).not.toContain(encode(secret).slice(2, -4));
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('does not repeat one whose first letters become an escape by what stands before it', () => {
    const secret = 'aa+-/-a=a///~..-=a';
    const { message } = parse(JSON.stringify(`%${encodeURIComponent(secret)}`), [secret]);
    expect(message).toBeUndefined();
  });

  it('never throws, and gives printable texts of bounded length', () => {
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

describe('containsSecret', () => {
  it('finds neither a secret where there is none, nor an empty list of them', () => {
    expect(containsSecret('a text', [randomSecret()])).toBe(false);
    expect(containsSecret('a text', [])).toBe(false);
  });

  it('takes what has less than eight characters for no secret: it is found by chance', () => {
    expect(containsSecret('org-test', ['test'])).toBe(false);
    expect(containsSecret('org-1234567', ['1234567'])).toBe(false);
    expect(containsSecret('org-12345678', ['12345678'])).toBe(true);
  });
});
