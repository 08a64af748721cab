// What happens, as structured log lines. Nothing that the library hands out for logging holds a token or
// a password, and a client that is logged itself shows what describe() says.
//
//   npm install quix-streams-auth pino
import { pino } from 'pino';
import { QuixStreamingClient } from 'quix-streams-auth';

const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'info' });

const quix = new QuixStreamingClient({
  logger: logger.child({ module: 'quix' }), // one sentence a line: what a person reads
  fallbackToken: process.env['MY_QUIX_TOKEN_2'],
});
// The same as events, with properties: what a dashboard or an alarm reads.
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
logger.info({ quix }, 'ready'); // the client itself: no secret in it
await quix.close();
