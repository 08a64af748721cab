// A service in Kubernetes with its token in a mounted secret. See deployment.yaml in this folder. The
// variable Quix__Sdk__Token_FILE names the file, so a service that used Quix__Sdk__Token needs no
// change of its code. When the secret changes, the kubelet replaces the file within about a minute,
// and the next exchange reads the new file. The service needs no file watcher and no restart.
//
//   Quix__Sdk__Token_FILE=/run/secrets/quix/token npx tsx examples/kubernetes/service.ts
import { createServer } from 'node:http';
import { QuixStreamingClient } from 'quix-streams-auth';

const quix = new QuixStreamingClient({
  // After this time, a call reads the file again. The client notices a deactivated token early.
  maxAgeMs: Number(process.env['CHECK_EVERY_MS'] ?? 600_000),
});
quix.on('rotated', ({ previous, current }) => {
  console.log(`switched from token ${previous.fingerprint} to ${current.fingerprint}`);
});
quix.on('warning', ({ message }) => {
  console.warn(message);
});

// The readinessProbe of deployment.yaml sends its requests here. `quix` counts the logins of the Kafka
// clients that use it. The service is not ready if Kafka has refused all logins for a minute.
const server = createServer((_request, response) => {
  const respond = (): void => {
    const description = quix.describe();
    const { state, logins } = description;
    const canLogIn = !logins.hasFinalError && logins.refusedForMs < 60_000;
    const isReady = (state === 'ready' || state === 'stale') && canLogIn;
    response.writeHead(isReady ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify(description));
  };
  quix.getBrokerCredentials().then(respond, respond);
});
server.listen(Number(process.env['PORT'] ?? 8080), () => {
  console.log('listening on', server.address());
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close();
    void quix.close();
  });
}
