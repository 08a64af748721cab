import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { QuixStreamingClient, type QuixClientOptions, type QuixErrorCode } from 'quix-streams-auth';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { errorOf } from '../support/errors.ts';
import { startProtectedService, startService, type HttpService } from '../support/http-service.ts';
import { expectNoLeak, randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';

closeAfterEach();

const token1 = randomSecret();
const token2 = randomSecret();

/** Creates a client with a token function that counts its calls. */
function create(options: QuixClientOptions = {}) {
  let reads = 0;
  const token = (): string => {
    reads++;
    return token1;
  };
  const client = new QuixStreamingClient({ token, env: {}, ...options });
  onTestFinished(() => client.close());
  const events: string[] = [];
  client.on('tokenRejected', ({ source }) => events.push(`rejected ${source}`));
  client.on('rotated', ({ current }) => events.push(`rotated to ${current.source}`));
  return { client, events, reads: () => reads };
}

/** Creates a client for one service that accepts `accepted` only. */
async function createFor(accepted: string, options: QuixClientOptions = {}) {
  const service = await startProtectedService((token) => token === accepted);
  return { service, ...create({ services: [service.origin], ...options }) };
}

const tokensSentTo = ({ requests }: HttpService): (string | undefined)[] =>
  requests.map(({ authorization }) => authorization);
const bearer = (...tokens: string[]): string[] => tokens.map((token) => `Bearer ${token}`);

describe('fetch()', () => {
  it('sends the token to the Portal, and counts the request', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal);
    const response = await quix.fetch(`${portal.url}/workspaces`, {
      headers: { 'X-Version': '2.0' },
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject([{ workspaceId: portal.workspaceId }]);
    expect(portal.requests).toMatchObject([{ path: '/workspaces', status: 200 }]);
    expect(quix.describe()).toMatchObject({ requests: 1, exchanges: 0, rotations: 0 });
    expect(quix.describe().tokenInUseSince).toBeInstanceOf(Date);
  });

  it('accepts a string, a URL and a Request, and sends their content with the options', async () => {
    const { client, service } = await createFor(token1);
    const url = `${service.origin}/path?query=1`;
    const headers = { 'x-own': 'yes' };
    await client.fetch(url, { method: 'PUT', headers, body: 'text' });
    await client.fetch(new URL(url), { method: 'PUT', headers, body: 'text' });
    await client.fetch(new Request(url, { method: 'PUT', headers, body: 'text' }));
    await client.fetch(new Request(url, { method: 'POST', headers: { 'x-other': 'no' } }), {
      method: 'PUT',
      headers,
      body: 'text',
    });
    expect(service.requests).toHaveLength(4);
    for (const request of service.requests) {
      expect(request).toMatchObject({ method: 'PUT', path: '/path?query=1', body: 'text' });
      expect(request.headers).toMatchObject({ ...headers, authorization: `Bearer ${token1}` });
      expect(request.headers).not.toHaveProperty('x-other');
    }
  });

  it('calls the function that is globalThis.fetch at the time of the call', async () => {
    const { client } = create({ services: ['https://api.example'] });
    const calls = vi.fn<typeof fetch>(() => Promise.resolve(new Response('patched')));
    vi.stubGlobal('fetch', calls);
    onTestFinished(() => void vi.unstubAllGlobals());
    const response = await client.fetch('https://API.example:443/x', { keepalive: true });
    expect(await response.text()).toBe('patched');
    const [[input, init] = []] = calls.mock.calls;
    expect(input).toBe('https://api.example/x');
    expect(init).toMatchObject({ keepalive: true, redirect: 'manual' });
    expect(new Headers(init?.headers).get('authorization')).toBe(`Bearer ${token1}`);
  });

  it('rejects with the errors of the global fetch() if a service cannot be reached', async () => {
    const { client } = create({ services: ['http://127.0.0.1:1'] });
    await expect(client.fetch('http://127.0.0.1:1/')).rejects.toThrow(TypeError);
  });

  it('returns other responses than 401 unchanged, and keeps the token', async () => {
    const service = await startService((_, response) => void response.writeHead(403).end('no'));
    const { client, events } = create({ services: [service.origin] });
    const response = await client.fetch(service.origin);
    expect([response.status, await response.text()]).toEqual([403, 'no']);
    expect(service.requests).toHaveLength(1);
    expect(events).toEqual([]);
  });

  it('logs the host and the status, but neither the path nor the token', async () => {
    const service = await startService();
    const lines: unknown[] = [];
    const debug = (...line: unknown[]): void => void lines.push(line);
    const { client } = create({
      services: [service.origin],
      logger: { debug, child: () => undefined, log: () => undefined },
    });
    await client.fetch(`${service.origin}/secret-path`);
    expect(JSON.stringify(lines)).toMatch(/127\.0\.0\.1:\d+ answered .*204/);
    expect(JSON.stringify(lines)).not.toContain('secret-path');
    expectNoLeak(lines, [token1]);
  });

  it('fails with QUIX_TOKEN_MISSING for a local broker without a token, and works with a token', async () => {
    const { origin, requests } = await startService();
    const options = { brokerAddress: 'localhost:9092', services: [origin], token: undefined };
    const { client } = create(options);
    expect((await errorOf(client.fetch(origin))).code).toBe('QUIX_TOKEN_MISSING');
    expect((await errorOf(client.getToken())).code).toBe('QUIX_TOKEN_MISSING');
    expect(requests).toHaveLength(0);
    const other = create({ ...options, env: { Quix__Sdk__Token: token2 } });
    expect((await other.client.fetch(origin)).status).toBe(204);
    expect(requests).toMatchObject([{ authorization: `Bearer ${token2}` }]);
  });

  it('fails for a token function that calls fetch() or getToken() of its own client', async () => {
    const codes: QuixErrorCode[] = [];
    const client: QuixStreamingClient = new QuixStreamingClient({
      token: async () => {
        codes.push((await errorOf(client.fetch('http://127.0.0.1:1'))).code);
        codes.push((await errorOf(client.getToken())).code);
        return token1;
      },
      env: {},
    });
    expect(await client.getToken()).toBe(token1);
    expect(codes).toEqual(['QUIX_TOKEN_SOURCE_FAILED', 'QUIX_TOKEN_SOURCE_FAILED']);
    await client.close();
  });

  it('ignores the headers and the redirect mode that other code has added to Object.prototype', async () => {
    const { client, service } = await createFor(token1);
    const polluted = { redirect: 'follow', headers: { authorization: 'x' } };
    for (const [name, value] of Object.entries(polluted))
      Object.defineProperty(Object.prototype, name, {
        value,
        configurable: true,
        writable: true,
      });
    try {
      await client.fetch(service.origin, {});
    } finally {
      for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name);
    }
    expect(service.requests).toMatchObject([{ method: 'GET', authorization: `Bearer ${token1}` }]);
  });
});

describe('the signal of fetch()', () => {
  it('rejects an aborted call with its reason before the token is read', async () => {
    const { client, reads } = create({ services: ['http://127.0.0.1:1'] });
    const reason = new Error('too late');
    const signal = AbortSignal.abort(reason);
    await expect(client.fetch('http://127.0.0.1:1', { signal })).rejects.toBe(reason);
    await expect(client.fetch(new Request('http://127.0.0.1:1', { signal }))).rejects.toBe(reason);
    expect(reads()).toBe(0);
  });

  it.each(['init', 'Request'])('aborts a request that is being sent (%s)', async (kind) => {
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error('enough');
    const service = await startService(() => {
      controller.abort(reason); // the service never answers
    });
    const { client } = create({ services: [service.origin] });
    const url = `${service.origin}/`;
    const sent =
      kind === 'init' ? client.fetch(url, { signal }) : client.fetch(new Request(url, { signal }));
    await expect(sent).rejects.toBe(reason);
  });

  it('aborts while the token function runs', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const { client } = create({
      services: ['http://127.0.0.1:1'],
      token: () => {
        controller.abort(reason);
        return new Promise(() => undefined);
      },
    });
    const { signal } = controller;
    await expect(client.fetch('http://127.0.0.1:1', { signal })).rejects.toBe(reason);
  });

  it('still aborts the body after the response has arrived', async () => {
    const controller = new AbortController();
    const service = await startService((_, response) => {
      response.writeHead(200).write('first part'); // the rest never arrives
    });
    const { client } = create({ services: [service.origin] });
    const response = await client.fetch(service.origin, { signal: controller.signal });
    const body = response.text();
    controller.abort(new Error('enough'));
    await expect(body).rejects.toThrow('enough');
  });
});

describe('close()', () => {
  it('makes pending and later calls of fetch() and getToken() fail with QUIX_CLIENT_CLOSED', async () => {
    let arrived!: () => void;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    const service = await startService(() => {
      arrived(); // the service never answers
    });
    const { client } = create({ services: [service.origin] });
    const pending = errorOf(client.fetch(service.origin));
    await arrival;
    await client.close();
    const headers = { authorization: 'Bearer own' };
    for (const failure of [
      pending,
      errorOf(client.fetch(service.origin)),
      errorOf(client.fetch(service.origin, { headers })),
      errorOf(client.getToken()),
    ])
      expect((await failure).code).toBe('QUIX_CLIENT_CLOSED');
    expect(service.requests).toHaveLength(1);
  });

  it('leaves a response that has arrived readable', async () => {
    const service = await startService((_, response) => {
      response.writeHead(200).write('first, ');
      setTimeout(() => response.end('last'), 50);
    });
    const { client } = create({ services: [service.origin] });
    const response = await client.fetch(service.origin);
    await client.close();
    expect(await response.text()).toBe('first, last');
  });
});

describe('an authorization header of the caller', () => {
  it('is sent as it is to any origin, without a retry, an event or a token', async () => {
    const service = await startService((_, response) => void response.writeHead(401).end());
    const { client, events, reads } = create();
    const headers = { Authorization: 'Basic own' };
    expect((await client.fetch(service.origin, { headers })).status).toBe(401);
    await client.fetch(new Request(service.origin, { headers }));
    expect(tokensSentTo(service)).toEqual(['Basic own', 'Basic own']);
    expect(events).toEqual([]);
    expect(reads()).toBe(0);
  });
});

describe('a 401 for fetch()', () => {
  it('repeats the request once with the token that the source has now', async () => {
    const env: Record<string, string> = { Quix__Sdk__Token: token1 };
    const service = await startProtectedService((token) => {
      env['Quix__Sdk__Token'] = token2; // changed while the first request is on its way
      return token === token2;
    });
    const options = { token: undefined, env, services: [service.origin] };
    const { client, events } = create(options);
    const response = await client.fetch(service.origin);
    expect([response.status, await response.text()]).toEqual([200, 'status 200']);
    expect(tokensSentTo(service)).toEqual(bearer(token1, token2));
    expect(events).toEqual(['rejected Quix__Sdk__Token']); // no token had been accepted before
  });

  it('makes the client change to the fallback, with the same events and counters as an exchange', async () => {
    const portal = await startPortal();
    const quix = makeClient(portal, { fallbackToken: portal.token2 });
    const events: string[] = [];
    quix.on('tokenRejected', ({ source }) => events.push(`rejected ${source}`));
    quix.on('rotated', ({ current }) => events.push(`rotated to ${current.source}`));
    await quix.getBrokerCredentials();
    portal.rotateTokens();
    portal.requests.length = 0;
    const { requests } = quix.describe();
    expect((await quix.fetch(`${portal.url}/workspaces`)).status).toBe(200);
    expect(portal.requests.map(({ status }) => status)).toEqual([401, 200]);
    expect(events).toEqual(['rejected Quix__Sdk__Token', 'rotated to fallbackToken']);
    expect(quix.describe()).toMatchObject({
      requests: requests + 2,
      rotations: 1,
      token: { source: 'fallbackToken' },
      exchanges: 1,
    });
    await quix.getBrokerCredentials({ forceRefresh: true });
    expect(portal.requests.map(({ status }) => status)).toEqual([401, 200, 200]);
    expect(await quix.getToken()).toBe(portal.token1); // Token 2 has become Token 1
  });

  it('returns the last 401 if every token is rejected, after one request with each', async () => {
    const third = randomSecret();
    const tokens = [token1, token2, third, third];
    const { client, service, events } = await createFor('none', {
      token: () => tokens.shift() ?? third,
      fallbackToken: randomSecret(),
    });
    const response = await client.fetch(service.origin);
    expect([response.status, await response.text()]).toEqual([401, 'status 401']);
    expect(service.requests).toHaveLength(3); // first token, token of the source now, fallback
    expect(events).toEqual(['rejected provider', 'rejected provider', 'rejected fallbackToken']);
  });

  it('names the host of the service in the log', async () => {
    const lines: string[] = [];
    const { client, service } = await createFor('none', {
      logger: { warn: (...line: unknown[]) => void lines.push(String(line[0])) },
    });
    await client.fetch(`${service.origin}/path`);
    expect(lines).toEqual([expect.stringContaining(`service at 127.0.0.1:${service.port} `)]);
  });

  it('repeats the request if the service interrupts the body of the 401', async () => {
    let interrupt!: () => void;
    const service = await startService(({ authorization }, response) => {
      if (authorization === `Bearer ${token2}`) response.end('accepted');
      else {
        response.writeHead(401, { 'content-length': 100 }).write('a part');
        interrupt = () => response.destroy();
      }
    });
    const { client } = create({
      services: [service.origin],
      fallbackToken: async () => {
        interrupt();
        await delay(20); // the body has failed by then
        return token2;
      },
    });
    expect(await (await client.fetch(service.origin)).text()).toBe('accepted');
  });

  it('does not wait for a body of the 401 that never ends, and closes its connection', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const service = await startService(({ authorization }, response) => {
      if (authorization === `Bearer ${token2}`) response.end('accepted');
      else {
        response.writeHead(401).write('first part');
        closed = once(response, 'close');
      }
    });
    const { client } = create({ services: [service.origin], fallbackToken: token2 });
    expect(await (await client.fetch(service.origin)).text()).toBe('accepted');
    await closed;
  });

  it.each(['the signal aborts', 'the client is closed'])(
    'does not lead to a second request if %s while the next token is read',
    async (event) => {
      const reason = new Error('enough');
      const controller = new AbortController();
      const { client, service } = await createFor(token2, {
        fallbackToken: async () => {
          if (event === 'the signal aborts') controller.abort(reason);
          else await client.close();
          return token2;
        },
      });
      const sent = client.fetch(service.origin, { signal: controller.signal });
      const failure: unknown = await sent.catch((error: unknown) => error);
      if (event === 'the signal aborts') expect(failure).toBe(reason);
      else expect(failure).toMatchObject({ code: 'QUIX_CLIENT_CLOSED' });
      expect(tokensSentTo(service)).toEqual(bearer(token1));
    },
  );

  it.each(['the signal aborts', 'the client is closed'])(
    'leads to a second request, which ends if %s before its response',
    async (event) => {
      const reason = new Error('enough');
      const controller = new AbortController();
      let aborted!: () => void;
      const connectionClosed = new Promise<void>((resolve) => (aborted = resolve));
      const service = await startService(({ authorization }, response) => {
        if (authorization === `Bearer ${token1}`) response.writeHead(401).end();
        else {
          response.once('close', aborted); // the service never answers
          if (event === 'the signal aborts') controller.abort(reason);
          else void client.close();
        }
      });
      const { client } = create({ services: [service.origin], fallbackToken: token2 });
      const sent = client.fetch(service.origin, { signal: controller.signal });
      const failure: unknown = await sent.catch((error: unknown) => error);
      if (event === 'the signal aborts') expect(failure).toBe(reason);
      else expect(failure).toMatchObject({ code: 'QUIX_CLIENT_CLOSED' });
      await connectionClosed;
      expect(tokensSentTo(service)).toEqual(bearer(token1, token2));
    },
  );

  const form = new FormData();
  form.append('field', 'value');
  it.each<[string, NonNullable<RequestInit['body']>]>([
    ['a string', 'text'],
    ['a Buffer', Buffer.from('text')],
    ['a typed array', new Uint8Array([116])],
    ['an ArrayBuffer', new Uint8Array([116]).buffer],
    ['a Blob', new Blob(['text'])],
    ['URLSearchParams', new URLSearchParams({ a: 'b' })],
    ['FormData', form],
  ])('repeats the request with the same body: %s', async (_, body) => {
    const { client, service } = await createFor(token2, { fallbackToken: token2 });
    expect((await client.fetch(service.origin, { method: 'POST', body })).status).toBe(200);
    const [first, second] = service.requests;
    const withoutBoundary = (text = ''): string => text.replaceAll(/-{4,}\S+/g, '--');
    expect(first?.body).not.toBe('');
    expect(withoutBoundary(second?.body)).toBe(withoutBoundary(first?.body));
  });

  it.each<[string, (url: string) => [string | Request, RequestInit?]]>([
    ['a stream', (url) => [url, stream()]],
    ['an async iterable', (url) => [url, { ...stream(), body: chunks() as never }]],
    ['a Request with a body', (url) => [new Request(url, { method: 'POST', body: 'text' })]],
  ])('is returned for a body that can be sent only once: %s', async (_, argumentsFor) => {
    const { client, service, events } = await createFor(token2, { fallbackToken: token2 });
    expect((await client.fetch(...argumentsFor(service.origin))).status).toBe(401);
    expect(service.requests.map(({ body }) => body)).toEqual(['text']);
    expect(events).toEqual(['rejected provider']);
    // The next request does not use the rejected token.
    expect((await client.fetch(...argumentsFor(service.origin))).status).toBe(200);
    expect(tokensSentTo(service)).toEqual(bearer(token1, token2));
  });
});

function stream(): RequestInit {
  return { method: 'POST', body: new Blob(['text']).stream(), duplex: 'half' };
}

async function* chunks(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('text'));
}
