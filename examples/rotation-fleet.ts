// Five services that get their token in different ways. Each has a health URL for `quix-auth rotation`.
// docs/rotation.md shows a rotation of all five. The first argument chooses the service:
//
//   PORT=8081 Quix__Sdk__Token=… npx tsx examples/rotation-fleet.ts default-variable
//   PORT=8082 MY_QUIX_TOKEN=…    npx tsx examples/rotation-fleet.ts own-variable
//   PORT=8083 TOKEN_1=… TOKEN_2=… npx tsx examples/rotation-fleet.ts fallback
//   PORT=8084                    npx tsx examples/rotation-fleet.ts file token.txt
//   PORT=8085 MY_QUIX_TOKEN=…    npx tsx examples/rotation-fleet.ts rotate-token
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { QuixStreamingClient, type QuixClientOptions } from 'quix-streams-auth';

const [way = '', tokenFile = ''] = process.argv.slice(2);
const { MY_QUIX_TOKEN, TOKEN_1, TOKEN_2 } = process.env;

const WAYS: Readonly<Record<string, QuixClientOptions>> = {
  'default-variable': {},
  'own-variable': { tokenEnvVar: 'MY_QUIX_TOKEN' },
  fallback: { token: TOKEN_1, fallbackToken: TOKEN_2 },
  file: { tokenFile },
  'rotate-token': { token: MY_QUIX_TOKEN },
};

const quix = new QuixStreamingClient({
  ...WAYS[way],
  // After this time, a call asks the Portal again. It notices a new file or a deactivated token.
  maxAgeMs: Number(process.env['CHECK_EVERY_MS'] ?? 600_000),
});

// Each line on the standard input of this service is a new token.
if (way === 'rotate-token') {
  createInterface({ input: process.stdin }).on('line', (token) => {
    quix.rotateToken(token).catch(console.error);
  });
}

const server = createServer((_request, response) => {
  const respond = (): void => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(quix.describe()));
  };
  // Your Kafka clients make this call when they connect.
  quix.getBrokerCredentials().then(respond, respond);
});
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  console.log(`${way} is listening on`, server.address());
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.stdin.destroy();
    server.close();
    server.closeAllConnections();
    void quix.close();
  });
}
