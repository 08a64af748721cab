// A service in Kubernetes whose token is a mounted secret: see deployment.yaml beside this file. When the
// secret changes, the kubelet swaps the file (within about a minute), and the next exchange reads it. No
// watcher, no restart.
//
//   QUIX_TOKEN_FILE=/run/secrets/quix/token npx tsx examples/kubernetes/service.ts
import { createServer } from 'node:http';
import { QuixStreamingClient } from 'quix-streams-auth';

const quix = new QuixStreamingClient({
  tokenFile: process.env['QUIX_TOKEN_FILE'] ?? '/run/secrets/quix/token',
  // So often the file is read again, and a token that died is noticed while the next one is still valid.
  maxAgeMs: Number(process.env['CHECK_EVERY_MS'] ?? 600_000),
});
quix.on('rotated', ({ previous, current }) => {
  console.log(`token ${previous.fingerprint} gave way to ${current.fingerprint}`);
});
quix.on('warning', ({ message }) => {
  console.warn(message);
});

// What deployment.yaml's readinessProbe asks.
const server = createServer((_request, response) => {
  const answer = (): void => {
    const description = quix.describe();
    const isReady = description.state === 'ready' || description.state === 'stale';
    response.writeHead(isReady ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify(description));
  };
  quix.getBrokerCredentials().then(answer, answer);
});
server.listen(Number(process.env['PORT'] ?? 8080), () => {
  console.log('listening on', server.address());
});
process.once('SIGTERM', () => {
  server.close();
  void quix.close();
});
