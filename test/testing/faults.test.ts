import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { PortalFault } from 'quix-streams-auth/testing';
import { describe, expect, it } from 'vitest';
import { send, postTopic, startPortal } from './request-portal.ts';

/** Returns the error code behind a failed fetch. */
async function causeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return ((error as Error).cause as { code?: unknown }).code;
  }
  throw new Error('The promise did not reject.');
}

describe('a fault', () => {
  it('applies to the next request and is then removed', async () => {
    const portal = await startPortal();
    portal.faults.push({ status: 503 });
    expect(await send(portal, '/workspaces')).toMatchObject({
      status: 503,
      body: { message: 'An emulated fault.', correlationId: /./ },
    });
    expect(portal.faults).toEqual([]);
    expect((await send(portal, '/workspaces')).status).toBe(200);
  });

  it('applies to `times` requests and leaves the pushed object unchanged', async () => {
    const portal = await startPortal();
    const fault: PortalFault = Object.freeze({ status: 500, times: 2 });
    for (let round = 0; round < 2; round++) {
      portal.faults.push(fault, { status: 502, times: 0 });
      const statuses = [];
      for (let i = 0; i < 3; i++) statuses.push((await send(portal, '/workspaces')).status);
      expect(statuses).toEqual([500, 500, 200]);
      portal.faults.length = 0;
    }
  });

  it('stays until it is removed if `times` is Infinity', async () => {
    const portal = await startPortal();
    portal.faults.push({ status: 500, times: Infinity });
    for (let i = 0; i < 5; i++) expect((await send(portal, '/workspaces')).status).toBe(500);
    expect(portal.faults).toHaveLength(1);
    portal.faults.length = 0;
    expect((await send(portal, '/workspaces')).status).toBe(200);
  });

  it('applies to a request without a token', async () => {
    const portal = await startPortal();
    portal.faults.push({ status: 429, headers: { 'retry-after': '5' } });
    const response = await send(portal, '/workspaces', { token: null });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('5');
  });

  it.each([
    ['the end of its path', '/broker/librdkafka'],
    ['a regular expression', /librdkafka$/g],
    ['a function', (request: Request) => request.url.endsWith('librdkafka')],
  ])('applies to a request that is selected by %s', async (_, match) => {
    const portal = await startPortal();
    portal.faults.push({ match, status: 500, times: 2 });
    const path = '/workspaces/org-project-dev';
    expect((await send(portal, path)).status).toBe(200);
    expect((await send(portal, `${path}/broker/librdkafka`)).status).toBe(500);
    const again = typeof match === 'function' ? '' : '?x=1';
    expect((await send(portal, `${path}/broker/librdkafka${again}`)).status).toBe(500);
    expect(portal.faults).toEqual([]);
  });

  it('with a path does not apply to longer paths', async () => {
    const portal = await startPortal();
    portal.faults.push({ match: '/workspaces', status: 500 });
    expect((await send(portal, '/workspaces/org-project-dev')).status).toBe(200);
    expect((await send(portal, '/workspaces')).status).toBe(500);
  });

  it('can define any response', async () => {
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
    const html = await send(portal, '/workspaces');
    expect(html).toMatchObject({ status: 200, text: '<html>' });
    expect(html.headers.get('content-type')).toBe('text/html');
    const redirect = await send(portal, '/workspaces');
    expect(redirect.status).toBe(302);
    expect(redirect.headers.get('location')).toBe('https://elsewhere.example/');
    expect((await send(portal, '/workspaces')).body).toEqual({ 'bootstrap.servers': null });
    expect(await send(portal, '/workspaces')).toMatchObject({
      status: 200,
      text: '{"bootstrap.ser',
    });
    expect(await send(portal, '/workspaces')).toMatchObject({ status: 200, text: 'null' });
    expect(await send(portal, '/workspaces')).toMatchObject({ status: 204, text: '' });
    expect((await send(portal, '/workspaces')).body).toBe('packed');
  });

  it('can add headers and a delay to the regular response', async () => {
    const portal = await startPortal({ latencyMs: 30 });
    portal.faults.push({ delayMs: 30, headers: { 'x-via': 'proxy' } });
    const before = performance.now();
    const response = await send(portal, '/workspaces');
    expect(performance.now() - before).toBeGreaterThanOrEqual(55);
    expect(response.headers.get('x-via')).toBe('proxy');
    expect(response.body).toMatchObject([{ workspaceId: portal.workspaceId }]);
  });

  it('that is not a valid response is reported with status 500', async () => {
    const portal = await startPortal();
    portal.faults.push({ status: 999 });
    const { status, text } = await send(portal, '/workspaces');
    expect(status).toBe(500);
    expect(text).toContain('RangeError');
  });
});

describe('a fault of the connection', () => {
  it('resets the connection and does not carry out the request', async () => {
    const portal = await startPortal();
    portal.faults.push({ transport: 'reset' });
    expect(await causeOf(postTopic(portal, { name: 't' }))).toBe('ECONNRESET');
    expect(portal.topics.size).toBe(0);
    expect(portal.requests).toMatchObject([{ method: 'POST', authorized: true }]);
    expect(portal.requests[0]).not.toHaveProperty('status');
    expect((await send(portal, '/workspaces')).status).toBe(200);
  });

  it('keeps the connection open without a response', async () => {
    const portal = await startPortal();
    portal.faults.push({ transport: 'hang' });
    const signal = AbortSignal.timeout(150);
    await expect(send(portal, '/workspaces', { signal })).rejects.toThrow(/aborted/);
    expect(portal.requests[0]).not.toHaveProperty('status');
  });

  it('carries out the request and closes the connection after half of the body', async () => {
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

  it('keeps the connection open after half of the body', async () => {
    const portal = await startPortal();
    portal.faults.push({ transport: 'stall' });
    const response = await fetch(`${portal.url}/workspaces`, { signal: AbortSignal.timeout(150) });
    expect(response.status).toBe(401);
    await expect(response.text()).rejects.toThrow(/aborted/);
  });
});

/** Returns everything that the server sends until it closes the connection. */
async function readRaw(url: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET /workspaces HTTP/1.1\r\nHost: x\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}
