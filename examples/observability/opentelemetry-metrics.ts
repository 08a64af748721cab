// OpenTelemetry metrics of a QuixStreamingClient, with the same names as in prometheus.ts. The
// metrics contain fingerprints of tokens, but no secrets.
//
//   npm install quix-streams-auth @opentelemetry/sdk-metrics
import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { QuixStreamingClient } from 'quix-streams-auth';

// Replace this with your own set-up and exporter.
const reader = new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() });
const provider = new MeterProvider({ readers: [reader] });
const meter = provider.getMeter('quix-streams-auth');

const quix = new QuixStreamingClient({ fallbackToken: process.env['MY_QUIX_TOKEN_2'] });

type Token = ReturnType<typeof quix.describe>['token'];

/** A function or a file has no kind and no fingerprint until it has been read. */
const tokenLabels = (token: NonNullable<Token>) => ({
  source: token.source,
  kind: 'kind' in token ? token.kind : '',
  fingerprint: 'fingerprint' in token ? token.fingerprint : '',
});

/** Time of the last 401 for each token, by its labels as JSON. */
const rejections = new Map<string, number>();
quix.on('tokenRejected', (token) => {
  rejections.set(JSON.stringify(tokenLabels(token)), Date.now() / 1_000);
});

const tokenInfo = meter.createObservableGauge('quix_token_info');
const fallbackInfo = meter.createObservableGauge('quix_fallback_token_info');
const exchanges = meter.createObservableCounter('quix_exchanges_total');
const age = meter.createObservableGauge('quix_credentials_age_seconds');
const logins = meter.createObservableCounter('quix_logins_total');
const lastLogin = meter.createObservableGauge('quix_last_login_timestamp_seconds');
const rotations = meter.createObservableCounter('quix_rotations_total');
const rejected = meter.createObservableGauge('quix_token_rejected_timestamp_seconds');

meter.addBatchObservableCallback(
  (result) => {
    const description = quix.describe();
    const { token, fallbackToken, workspaceId: workspace = '', ageMs } = description;
    if (token) result.observe(tokenInfo, 1, { ...tokenLabels(token), workspace });
    if (fallbackToken) {
      result.observe(fallbackInfo, 1, { ...tokenLabels(fallbackToken), workspace });
    }
    result.observe(exchanges, description.generation, { outcome: 'succeeded' });
    result.observe(exchanges, description.failures, { outcome: 'failed' });
    if (ageMs !== undefined) result.observe(age, ageMs / 1_000);
    const { accepted, refused, ended, lastAcceptedAt, lastRefusedAt } = description.logins;
    for (const [outcome, count] of Object.entries({ accepted, refused, ended })) {
      result.observe(logins, count, { outcome });
    }
    for (const [outcome, at] of Object.entries({
      accepted: lastAcceptedAt,
      refused: lastRefusedAt,
    })) {
      result.observe(lastLogin, (at?.getTime() ?? 0) / 1_000, { outcome });
    }
    result.observe(rotations, description.rotations);
    for (const [labels, seconds] of rejections) {
      result.observe(rejected, seconds, JSON.parse(labels) as Record<string, string>);
    }
  },
  [tokenInfo, fallbackInfo, exchanges, age, logins, lastLogin, rotations, rejected],
);

try {
  await quix.getBrokerCredentials(); // your Kafka clients do this when they connect
} finally {
  await provider.shutdown(); // exports the metrics a last time
  await quix.close();
}
