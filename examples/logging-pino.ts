// Structured log lines with pino. Each line of the library has a message and fields, such as `event`,
// `code`, `workspaceId`, `source` and `fingerprint`. They contain no token and no password. A client
// that is logged shows the result of describe().
//
//   npm install quix-streams-auth pino
import { pino } from 'pino';
import { QuixStreamingClient } from 'quix-streams-auth';

const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'info' });

const quix = new QuixStreamingClient({
  logger: logger.child({ module: 'quix' }),
  fallbackToken: process.env['MY_QUIX_TOKEN_2'],
});

await quix.getBrokerCredentials();
logger.info({ quix }, 'ready'); // logging the client shows no secret
await quix.close();
