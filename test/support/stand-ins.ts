import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Stand-ins for the services of Quix in examples/, with URLs and answers of their own. */
export interface StandIns {
  /** Variables for the examples. */
  readonly env: Readonly<
    Record<'CONFIGURATION_API' | 'CONTENT_URL' | 'Quix__Lakehouse__Query__Url', string>
  >;
  /** Method, path and status of each request. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Starts the stand-ins on 127.0.0.1. They answer 401 unless `isAccepted` returns `true`. */
export async function startStandIns(isAccepted: (token: string) => boolean): Promise<StandIns> {
  const requests: string[] = [];
  const answers = new Map([
    ['GET /configurations/1/content', '{"maxSpeed":312}'],
    ['POST /query SELECT', 'laps\n57\n'],
  ]);
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url = '', headers } = request;
      const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
      const [verb = ''] = body.split(' ');
      const answer = answers.get(`${method} ${url} ${verb}`.trim());
      const status = !isAccepted(token) ? 401 : answer === undefined ? 404 : 200;
      requests.push(`${method} ${url} ${status}`);
      response.writeHead(status).end(status === 200 ? answer : '');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: {
      CONFIGURATION_API: origin,
      CONTENT_URL: `${origin}/configurations/1/content`,
      Quix__Lakehouse__Query__Url: origin,
    },
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
