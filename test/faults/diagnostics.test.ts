import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { startConnectProxy, tunnelTo } from '../support/connect-proxy.ts';
import { randomSecret } from '../support/leaks.ts';
import { closeAfterEach, makeClient, startPortal } from '../support/portal-clients.ts';
import { sourceUrl } from '../support/run-source.ts';
import { answer, closedPort, startServer } from '../support/scripted-server.ts';
import { clientOf, SETTINGS } from './scripted-portal.ts';

closeAfterEach();

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');

/** Returns the names of all channels in the source of undici. */
function undiciChannels(): string[] {
  const folder = join(dirname(createRequire(import.meta.url).resolve('undici')), 'lib');
  const sources = readdirSync(folder, { recursive: true })
    .filter((name) => String(name).endsWith('.js'))
    .map((name) => readFileSync(join(folder, String(name)), 'utf8'));
  const names = sources.join('\n').matchAll(/channel\('(undici:[^']+)'\)/g);
  return [...new Set([...names].map(([, name = '']) => name))];
}

/** Returns what a message exposes: a token, a password, or a socket, from which both can be read. */
function exposed(message: unknown, secrets: Readonly<Record<string, string>>): string[] {
  const found = new Set<string>();
  const seen = new Set([message]);
  for (const value of seen) {
    const text = Buffer.isBuffer(value) ? value.toString() : value;
    if (typeof text === 'string') {
      for (const [name, secret] of Object.entries(secrets)) {
        if (text.includes(secret)) found.add(name);
      }
    } else if (value instanceof Socket) found.add('socket');
    else if (typeof value === 'object' && value !== null) {
      for (const key of Reflect.ownKeys(value)) seen.add(Reflect.get(value, key));
    }
  }
  return [...found];
}

describe('the diagnostics channels', () => {
  it(
    'that expose the token, the password or a socket are those that docs/security.md lists',
    { meta: { faults: [92] } },
    async () => {
      const portal = await startPortal();
      const password = randomSecret('pw-');
      portal.setBroker({ sasl: { password } });
      const proxyPassword = randomSecret('proxy-');
      const proxyLogin = Buffer.from(`user:${proxyPassword}`).toString('base64');
      const secrets = { token: portal.token1, password, proxyLogin };
      const seen = new Map<string, Set<string>>();
      for (const name of [...undiciChannels(), 'net.client.socket', 'quix-streams-auth:exchange']) {
        const listen = (message: unknown): void => {
          const all = seen.get(name) ?? new Set();
          for (const each of exposed(message, secrets)) all.add(each);
          seen.set(name, all);
        };
        subscribe(name, listen);
        onTestFinished(() => {
          unsubscribe(name, listen);
        });
      }
      const client = makeClient(portal);
      await client.getBrokerCredentials();
      await client.getTopic('new-topic'); // sends a body
      portal.faults.push({ transport: 'reset', times: 1 });
      await client.getBrokerCredentials({ forceRefresh: true });
      const origin = `http://127.0.0.1:${await closedPort()}`;
      await clientOf(origin, { timeoutMs: 200 })
        .getBrokerCredentials()
        .catch(() => undefined);
      const authority = await createCertificateAuthority();
      const identity = await authority.issue(['portal.example']);
      const { port } = await startServer(answer(200, SETTINGS), identity);
      const proxy = await startConnectProxy(tunnelTo(port));
      const HTTPS_PROXY = proxy.url.replace('http://', `http://user:${proxyPassword}@`);
      const options = { env: { HTTPS_PROXY }, ca: authority.certificate };
      await clientOf('https://portal.example', options).getBrokerCredentials();

      const lists = (what: string): string[] =>
        [...seen].filter(([, found]) => found.has(what)).map(([name]) => name);
      const secretChannels = [
        'undici:client:sendHeaders',
        'undici:request:bodyChunkReceived',
        'undici:request:bodyChunkSent',
        'undici:request:bodySent',
        'undici:request:create',
        'undici:request:error',
        'undici:request:headers',
        'undici:request:trailers',
      ];
      const socketChannels = [
        'net.client.socket',
        'undici:client:connected',
        'undici:client:sendHeaders',
        'undici:proxy:connected',
      ];
      expect(lists('token').sort()).toEqual(secretChannels);
      expect(lists('password')).toEqual(['undici:request:bodyChunkReceived']);
      expect(lists('socket').sort()).toEqual(socketChannels);
      const proxyChannels = ['undici:proxy:connected', ...secretChannels];
      expect(lists('proxyLogin')).toContain('undici:proxy:connected');
      expect(lists('proxyLogin').filter((name) => !proxyChannels.includes(name))).toEqual([]);
      const harmless = [...seen].filter(([, found]) => found.size === 0).map(([name]) => name);
      expect(harmless.sort()).toEqual([
        'undici:client:beforeConnect',
        'undici:client:connectError',
      ]);
      // A new version of undici may have more channels.
      expect(
        undiciChannels()
          .filter((name) => !seen.has(name))
          .sort(),
      ).toEqual([
        'undici:request:pending-requests',
        'undici:websocket:close',
        'undici:websocket:open',
        'undici:websocket:ping',
        'undici:websocket:pong',
        'undici:websocket:socket_error',
      ]);
      for (const name of [...secretChannels, ...socketChannels]) {
        expect([name, page.includes(`\`${name}\``)]).toEqual([name, true]);
      }
    },
  );
});

describe('NODE_DEBUG', () => {
  /** Runs an exchange in a child process, and returns what Node prints on stderr. */
  async function debugOutput(area: string, portalApi: string, token: string): Promise<string> {
    const code = `
      const { QuixStreamingClient } = await import(${sourceUrl('src/index.ts')});
      const options = { portalApi: ${JSON.stringify(portalApi)}, workspaceId: 'w', env: {} };
      const client = new QuixStreamingClient(process.env.TOKEN, options);
      await client.getBrokerCredentials();
      await client.close();`;
    const flags = ['--no-warnings', '--import', 'tsx', '--input-type=module', '--eval', code];
    const env = { ...process.env, NODE_DEBUG: area, TOKEN: token };
    return (await promisify(execFile)(process.execPath, flags, { env })).stderr;
  }

  const hex = (text: string): string => Buffer.from(text).toString('hex').replace(/..\B/g, '$& ');

  it.each([
    ['no secret', ['http', 'https', 'net', 'tls']],
    ['no secret', ['undici', 'fetch', 'quix']],
    ['the password in hex', ['stream']],
  ])(
    'prints %s with the areas %j, as docs/security.md describes',
    { meta: { faults: [92] } },
    async (result, areas) => {
      const password = 'short-pw'; // Node prints only the first 50 bytes of a chunk
      const token = randomSecret();
      const others = Object.entries(SETTINGS).filter(([name]) => name !== 'sasl.password');
      const settings = Object.fromEntries([['sasl.password', password], ...others]);
      const body = Buffer.from(JSON.stringify(settings));
      const server = await startServer((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`, () => {
          setTimeout(() => socket.write(body), 50); // arrives as a chunk of its own
        });
      });
      const output = await debugOutput(areas.join(), server.origin, token);
      expect(output).not.toBe('');
      const texts = [token, password, hex(token.slice(0, 8)), hex(password)];
      const printed = texts.filter((text) => output.includes(text));
      expect(printed).toEqual(result === 'no secret' ? [] : [hex(password)]);
      for (const area of areas) expect(page.includes(area)).toBe(true);
    },
  );
});
