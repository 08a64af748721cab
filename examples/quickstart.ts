// What a service sees of this package, step by step, with nothing but environment variables set.
// `npm start` runs it against a Portal emulator on loopback, or against your own Portal when
// Quix__Sdk__Token is set. It reads; it changes nothing.
import { randomBytes } from 'node:crypto';
import diagnostics from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';

let requests = 0;
diagnostics.subscribe('undici:request:create', () => requests++);

let step = 0;
let since = performance.now();
function say(title: string, ...details: unknown[]): void {
  const ms = (performance.now() - since).toFixed(1);
  console.log(`\n${++step}. ${title}  (${ms} ms)`);
  for (const detail of details) {
    const text =
      typeof detail === 'string' ? detail : inspect(detail, { colors: process.stdout.isTTY });
    console.log(text.replace(/^/gm, '   '));
  }
  since = performance.now();
}

/** The emulator's parent process rotates the tokens on request; your own Portal is left alone. */
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
say('The token was found', quix.describe().token);

kafkaJSConfig(quix); // what `new Kafka(…)` of kafkajs takes
say('Constructing the client and a kafkajs config sent nothing', `requests so far: ${requests}`);

await Promise.all(Array.from({ length: 1_000 }, () => quix.getBrokerCredentials()));
const { exchanges, portal } = quix.describe();
say(
  '1 000 concurrent callers share one exchange',
  `exchanges: ${exchanges}, requests to ${portal}: ${requests}${requests === 2 ? ' (the workspace, then its broker; 1 with Quix__Workspace__Id set)' : ''}`,
);

const credentials = await quix.getBrokerCredentials();
say('The broker credentials, password hidden', credentials);

if (process.send) {
  quix.on('rotated', ({ previous, current }) => {
    console.log(`   event "rotated": ${previous.source} gave way to ${current.source}`);
  });
  await rotateTokens();
  await quix.getBrokerCredentials({ forceRefresh: true });
  say('An admin rotated the tokens: Token 1 is dead, and this process goes on', quix.describe());
} else {
  say(
    'Rotation is not shown against your own Portal: only admins may, and this program only reads',
  );
}

const deactivated = new QuixStreamingClient(`sdk-${randomBytes(16).toString('hex')}`);
try {
  await deactivated.getBrokerCredentials();
} catch (error) {
  if (!(error instanceof QuixError)) throw error;
  say('What a deactivated token is told', `${error.code}: ${error.message}`);
}

await Promise.all([quix.close(), deactivated.close()]);
console.log('\nDone.');
