// What this package does for a service, step by step, with only environment variables set.
// `npm start` runs this program with a Portal emulator on loopback, or with your own Portal if
// Quix__Sdk__Token is set. It only reads.
import { randomBytes } from 'node:crypto';
import diagnostics from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

let requests = 0;
diagnostics.subscribe('undici:request:create', () => requests++);

let step = 0;
let since = performance.now();
function printStep(title: string, ...details: unknown[]): void {
  const ms = (performance.now() - since).toFixed(1);
  console.log(`\n${++step}. ${title}  (${ms} ms)`);
  for (const detail of details) {
    const text =
      typeof detail === 'string' ? detail : inspect(detail, { colors: process.stdout.isTTY });
    console.log(text.replace(/^/gm, '   '));
  }
  since = performance.now();
}

/** Asks the parent process, which runs the emulator, to rotate the tokens. */
function rotateTokens(): Promise<void> {
  return new Promise((resolve) => {
    process.once('message', () => {
      process.disconnect();
      resolve();
    });
    process.send?.('rotateTokens');
  });
}

const quix = new QuixStreamingClient({ fallbackToken: process.env['MY_QUIX_TOKEN_2'] });
quix.on('warning', ({ message }) => {
  console.log('   warning:', message);
});
printStep('The token was found', quix.describe().token);

kafkaJSConfig(quix); // the config for `new Kafka()` of kafkajs
printStep(
  'Creating the client and a kafkajs config sent no request',
  `requests so far: ${requests}`,
);

await Promise.all(Array.from({ length: 1_000 }, () => quix.getBrokerCredentials()));
const { exchanges, portal } = quix.describe();
printStep(
  '1 000 concurrent callers share one exchange',
  `exchanges: ${exchanges}, requests to ${portal}: ${requests}${requests === 2 ? ' (the workspace, then its broker; 1 with Quix__Workspace__Id set)' : ''}`,
);

const credentials = await quix.getBrokerCredentials();
printStep('The broker credentials, with the password hidden', credentials);

if (process.send) {
  quix.on('rotated', ({ previous, current }) => {
    console.log(`   event "rotated": from ${previous.source} to ${current.source}`);
  });
  await rotateTokens();
  await quix.getBrokerCredentials({ forceRefresh: true });
  printStep(
    'An admin rotated the tokens. Token 1 no longer works, and this process continues',
    quix.describe(),
  );
} else {
  printStep('Rotation is not shown with your own Portal, because this program only reads');
}

const deactivated = new QuixStreamingClient(`sdk-${randomBytes(16).toString('hex')}`);
try {
  await deactivated.getBrokerCredentials();
} catch (error) {
  if (!(error instanceof QuixError)) throw error;
  printStep('The error for a deactivated token', `${error.code}: ${error.message}`);
}

await Promise.all([quix.close(), deactivated.close()]);
console.log('\nDone.');
