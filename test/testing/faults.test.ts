import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { PortalFault } from 'quix-streams-auth/testing';
import { describe, expect, it } from 'vitest';
import { ask, postTopic, startPortal } from './ask-portal.ts';

/** The code of the cause of a failed fetch. */
async function causeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return ((error as Error).cause as { code?: unknown }).code;
  }
  throw new Error('It resolved, though it should have rejected.');
}

describe('a fault', () => {
  it('is used once, for any request, and taken out', async () => {
    const portal = await startPortal();
    portal.faults.push({ status: 503 });
    expect(await ask(portal, '/workspaces')).toMatchObject({
      status: 503,
      body: { message: 'An emulated fault.', correlationId: /./ },
    });
    expect(portal.faults).toEqual([]);
    expect((await ask(portal, '/workspaces')).status).toBe(200);
  });

  it('is used as often as it says, without a change to what was pushed', async () => {
    const portal = await startPortal();
    const fault: PortalFault = Object.freeze({ status: 500, times: 2 });
    for (let round = 0; round < 2; round++) {
      portal.faults.push(fault, { status: 502, times: 0 });
      const statuses = [];
      for (let i = 0; i < 3; i++) statuses.push((await ask(portal, '/workspaces')).status);
      expect(statuses).toEqual([500, 500, 200]);
      portal.faults.length = 0;
    }
  });

  it('can stay until it is taken out', async () => {
    const portal = await startPortal();
    portal.faults.push({ status: 500, times: Infinity });
    for (let i = 0; i < 5; i++) expect((await ask(portal, '/workspaces')).status).toBe(500);
    expect(portal.faults).toHaveLength(1);
    portal.faults.length = 0;
    expect((await ask(portal, '/workspaces')).status).toBe(200);
  });

  it('comes before the token is looked at', async () => {
    const portal = await startPortal();
    portal.faults.push({ status: 429, headers: { 'retry-after': '5' } });
    const answer = await ask(portal, '/workspaces', { token: null });
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('5');
  });

  it.each([
    ['the end of the path', '/broker/librdkafka'],
    ['an expression', /librdkafka$/g],
    ['a function', (request: Request) => request.url.endsWith('librdkafka')],
  ])('meets the requests chosen by %s, query or not', async (_, match) => {
    const portal = await startPortal();
    portal.faults.push({ match, status: 500, times: 2 });
    const path = '/workspaces/org-project-dev';
    expect((await ask(portal, path)).status).toBe(200);
    expect((await ask(portal, `${path}/broker/librdkafka`)).status).toBe(500);
    const again = typeof match === 'function' ? '' : '?x=1';
    expect((await ask(portal, `${path}/broker/librdkafka${again}`)).status).toBe(500);
    expect(portal.faults).toEqual([]);
  });

  it('for a path is not for those below it', async () => {
    const portal = await startPortal();
    portal.faults.push({ match: '/workspaces', status: 500 });
    expect((await ask(portal, '/workspaces/org-project-dev')).status).toBe(200);
    expect((await ask(portal, '/workspaces')).status).toBe(500);
  });

  it('can be any answer', async () => {
    const portal = await startPortal();
    portal.faults.push(
      { body: '<html>', headers: { 'content-type': 'text/html' } },
      { status: 302, headers: { location: 'https://elsewhere.example/' } },
      { body: { 'bootstrap.servers': null } },
      { body: '{"bootstrap.ser' },
      { body: null },
      { status: 204 },
      { body: gzipSync('"packed"'), headers: { 'content-encoding': 'gzip' } },
    );
    const html = await ask(portal, '/workspaces');
    expect(html).toMatchObject({ status: 200, text: '<html>' });
    expect(html.headers.get('content-type')).toBe('text/html');
    const redirect = await ask(portal, '/workspaces');
    expect(redirect.status).toBe(302);
    expect(redirect.headers.get('location')).toBe('https://elsewhere.example/');
    expect((await ask(portal, '/workspaces')).body).toEqual({ 'bootstrap.servers': null });
    expect(await ask(portal, '/workspaces')).toMatchObject({
      status: 200,
      text: '{"bootstrap.ser',
    });
    expect(await ask(portal, '/workspaces')).toMatchObject({ status: 200, text: 'null' });
    expect(await ask(portal, '/workspaces')).toMatchObject({ status: 204, text: '' });
    expect((await ask(portal, '/workspaces')).body).toBe('packed');
  });

  it('can be headers and delay on the real answer', async () => {
    const portal = await startPortal({ latencyMs: 30 });
    portal.faults.push({ delayMs: 30, headers: { 'x-via': 'proxy' } });
    const before = performance.now();
    const answer = await ask(portal, '/workspaces');
    expect(performance.now() - before).toBeGreaterThanOrEqual(55);
    expect(answer.headers.get('x-via')).toBe('proxy');
    expect(answer.body).toMatchObject([{ workspaceId: portal.workspaceId }]);
  });

  it('that cannot be is told to the test’s author', async () => {
    const portal = await startPortal();
    portal.faults.push({ status: 999 });
    const { status, text } = await ask(portal, '/workspaces');
    expect(status).toBe(500);
    expect(text).toContain('The Portal emulator failed: RangeError');
  });
});

describe('on the socket', () => {
  it('reset breaks the connection before anything is done', async () => {
    const portal = await startPortal();
    portal.faults.push({ transport: 'reset' });
    expect(await causeOf(postTopic(portal, { name: 't' }))).toBe('ECONNRESET');
    expect(portal.topics.size).toBe(0);
    expect(portal.requests).toMatchObject([{ method: 'POST', authorized: true }]);
    expect(portal.requests[0]).not.toHaveProperty('status');
    expect((await ask(portal, '/workspaces')).status).toBe(200);
  });

  it('hang gives no answer and keeps the connection', async () => {
    const portal = await startPortal();
    portal.faults.push({ transport: 'hang' });
    const signal = AbortSignal.timeout(150);
    await expect(ask(portal, '/workspaces', { signal })).rejects.toThrow(/aborted/);
    expect(portal.requests[0]).not.toHaveProperty('status');
  });

  it('truncate cuts the body in the middle, after the request was carried out', async () => {
    const portal = await startPortal();
    portal.faults.push({ transport: 'truncate' });
    expect(await causeOf(postTopic(portal, { name: 't' }))).toBe('UND_ERR_SOCKET');
    expect(portal.topics.size).toBe(1);
    portal.faults.push({ transport: 'truncate', body: '0123456789' });
    const raw = await readRaw(portal.url);
    expect(raw).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(raw).toMatch(/^content-length: 10\r$/im);
    expect(raw.split('\r\n\r\n')[1]).toBe('01234');
  });

  it('stall stops in the middle of the body', async () => {
    const portal = await startPortal();
    portal.faults.push({ transport: 'stall' });
    const response = await fetch(`${portal.url}/workspaces`, { signal: AbortSignal.timeout(150) });
    expect(response.status).toBe(401);
    await expect(response.text()).rejects.toThrow(/aborted/);
  });
});

/** All that the server sends until it closes the connection. */
async function readRaw(url: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET /workspaces HTTP/1.1\r\nHost: x\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}
