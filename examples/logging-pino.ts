// Structured log lines with pino. Log lines and events of the library contain no token and no
// password. A client that is logged shows the result of describe().
//
//   npm install quix-streams-auth pino
import { pino } from 'pino';
import { QuixStreamingClient } from 'quix-streams-auth';

const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'info' });

const quix = new QuixStreamingClient({
  logger: logger.child({ module: 'quix' }), // log lines for people
  fallbackToken: process.env['MY_QUIX_TOKEN_2'],
});
// The same information as events with properties, for dashboards and alerts.
quix.on('credentials', ({ workspaceId, brokers, generation }) => {
  logger.info({ workspaceId, brokers, generation }, 'broker credentials');
});
quix.on('rotated', (change) => {
  logger.warn(change, 'token rotated');
});
quix.on('tokenRejected', (token) => {
  logger.warn({ token }, 'token rejected');
});
quix.on('refreshFailed', (error) => {
  logger.error({ code: error.code, retryable: error.retryable }, error.message);
});
quix.on('warning', ({ code, about, message }) => {
  logger.warn({ code, about }, message);
});

await quix.getBrokerCredentials();
logger.info({ quix }, 'ready'); // logging the client shows no secret
await quix.close();
