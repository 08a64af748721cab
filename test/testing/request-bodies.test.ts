import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { PortalEmulator } from 'quix-streams-auth/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { postTopic, send, startPortal } from './request-portal.ts';

const MIB = 1024 * 1024;

/** Starts a request that creates a topic, with a chunked body. */
function openUpload(portal: PortalEmulator, agent: http.Agent): ClientRequest {
  return http.request(`${portal.url}/${portal.workspaceId}/topics`, {
    agent,
    method: 'POST',
    headers: { authorization: `Bearer ${portal.token1}`, 'content-type': 'application/json' },
  });
}

/** Creates an agent with one reusable connection, which is closed when the test ends. */
function createAgent(): http.Agent {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => {
    agent.destroy();
  });
  return agent;
}

describe('a request body', () => {
  it('can have 1 MiB', async () => {
    const portal = await startPortal();
    const body = JSON.stringify({ name: 't' }).padEnd(MIB);
    expect((await postTopic(portal, {}, { body })).status).toBe(200);
  });

  it('above 1 MiB gets 413', async () => {
    const portal = await startPortal();
    for (const size of [MIB + 1, 8 * MIB]) {
      const body = JSON.stringify({ name: 't' }).padEnd(size);
      expect(await postTopic(portal, {}, { body })).toMatchObject({
        status: 413,
        body: { message: expect.stringContaining(`${MIB}`) as unknown },
      });
    }
    expect(portal.topics.size).toBe(0);
    expect(portal.requests.map(({ status }) => status)).toEqual([413, 413]);
  });

  it('above 1 MiB gets 401 without a token', async () => {
    const portal = await startPortal();
    const body = 'x'.repeat(MIB + 1);
    expect((await postTopic(portal, {}, { body, token: null })).status).toBe(401);
  });

  it('above 1 MiB is answered before it is complete, and the connection stays usable', async () => {
    const portal = await startPortal();
    const agent = createAgent();
    const upload = openUpload(portal, agent);
    upload.write(Buffer.alloc(MIB + 1));
    const [response] = (await once(upload, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    const { socket } = response;
    await text(response);
    for (let i = 0; i < 16; i++) upload.write(Buffer.alloc(MIB));
    upload.end();

    const headers = { authorization: `Bearer ${portal.token1}` };
    const next = http.get(`${portal.url}/workspaces`, { agent, headers });
    const [second] = (await once(next, 'response')) as [IncomingMessage];
    expect(second.statusCode).toBe(200);
    expect(second.socket).toBe(socket);
    await text(second);
  });

  it('that is interrupted does not affect the next request', async () => {
    const portal = await startPortal();
    const upload = openUpload(portal, createAgent());
    upload.on('error', () => undefined);
    upload.write('{"name":');
    await once(upload, 'socket');
    await new Promise((resolve) => setTimeout(resolve, 50));
    upload.destroy();
    expect((await send(portal, '/workspaces')).status).toBe(200);
    expect(portal.topics.size).toBe(0);
    expect(portal.requests).toHaveLength(1);
  });
});
