// Prometheus metrics of a QuixStreamingClient with prom-client, and a health URL for
// `quix-auth rotation`. The metrics contain fingerprints of tokens, but no secrets.
//
//   npm install quix-streams-auth prom-client
//   curl localhost:8080/metrics
//   curl localhost:8080/health
import { createServer } from 'node:http';
import { Counter, Gauge, Registry } from 'prom-client';
import { QuixStreamingClient } from 'quix-streams-auth';

const quix = new QuixStreamingClient({ fallbackToken: process.env['MY_QUIX_TOKEN_2'] });
const register = new Registry();
const registers = [register];

type Sample = readonly [labels: Record<string, string>, value: number];

/** Adds a metric. Its samples are read from describe() for each scrape. */
function addMetric(
  Metric: typeof Gauge | typeof Counter,
  name: string,
  help: string,
  labelNames: readonly string[],
  read: () => readonly Sample[],
): void {
  new Metric({
    name,
    help,
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.inc(labels, value);
    },
  });
}

type Token = ReturnType<typeof quix.describe>['token'];

/** A function or a file has no kind and no fingerprint until it has been read. */
const tokenLabels = (token: NonNullable<Token>) => ({
  source: token.source,
  kind: 'kind' in token ? token.kind : '',
  fingerprint: 'fingerprint' in token ? token.fingerprint : '',
});

function tokenSamples(token: Token): Sample[] {
  const { workspaceId: workspace = '' } = quix.describe();
  return token ? [[{ ...tokenLabels(token), workspace }, 1]] : [];
}

const TOKEN_LABELS = ['source', 'kind', 'fingerprint'];
const info = [...TOKEN_LABELS, 'workspace'];
addMetric(Gauge, 'quix_token_info', 'The token in use.', info, () =>
  tokenSamples(quix.describe().token),
);
addMetric(Gauge, 'quix_fallback_token_info', 'The fallback token.', info, () =>
  tokenSamples(quix.describe().fallbackToken),
);
addMetric(Counter, 'quix_exchanges_total', 'Exchanges of the token.', ['outcome'], () => {
  const { generation, failures } = quix.describe();
  return [
    [{ outcome: 'succeeded' }, generation],
    [{ outcome: 'failed' }, failures],
  ];
});
addMetric(Gauge, 'quix_credentials_age_seconds', 'Age of the credentials.', [], () => {
  const { ageMs } = quix.describe();
  return ageMs === undefined ? [] : [[{}, ageMs / 1_000]];
});
addMetric(Counter, 'quix_logins_total', 'Logins of Kafka clients.', ['outcome'], () => {
  const { accepted, refused, ended } = quix.describe().logins;
  return Object.entries({ accepted, refused, ended }).map(([outcome, n]) => [{ outcome }, n]);
});
addMetric(
  Gauge,
  'quix_last_login_timestamp_seconds',
  'Time of the last login, or 0.',
  ['outcome'],
  () => {
    const { lastAcceptedAt, lastRefusedAt } = quix.describe().logins;
    return [
      [{ outcome: 'accepted' }, (lastAcceptedAt?.getTime() ?? 0) / 1_000],
      [{ outcome: 'refused' }, (lastRefusedAt?.getTime() ?? 0) / 1_000],
    ];
  },
);
addMetric(Counter, 'quix_rotations_total', 'Changes to another token.', [], () => [
  [{}, quix.describe().rotations],
]);
const rejected = new Gauge({
  name: 'quix_token_rejected_timestamp_seconds',
  help: 'When the Portal last answered 401 to this token.',
  labelNames: TOKEN_LABELS,
  registers,
});
quix.on('tokenRejected', (token) => {
  rejected.setToCurrentTime(tokenLabels(token));
});

const server = createServer((request, response) => {
  if (request.url !== '/metrics') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: 'ok', quix: quix.describe() }));
    return;
  }
  void register.metrics().then((text) => {
    response.setHeader('content-type', register.contentType);
    response.end(text);
  });
});
// Without the address, other machines can reach the URLs too.
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  console.log('listening on', server.address());
});

// Your Kafka clients do this when they connect.
await quix.getBrokerCredentials().catch((error: unknown) => {
  console.error(error);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
    void quix.close();
  });
}
