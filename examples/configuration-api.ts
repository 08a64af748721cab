// Reads a configuration from Quix's Configuration API with the token of the environment.
//
// The Configuration API publishes an event to a Kafka topic for each new version of a configuration.
// The property contentUrl of the event is the URL of its content. The official Python client
// requests this URL with the streaming token. So does this program, but it sends the token only to
// the origin in CONFIGURATION_API, whatever the event contains. A changed token is noticed after a
// 401, as for an exchange.
//
// The other URLs of this API are not documented publicly. In the tests, CONTENT_URL and the content
// are those of a stand-in, not of Quix.
//
//   CONFIGURATION_API=https://… CONTENT_URL=https://… npx tsx examples/configuration-api.ts
import { QuixStreamingClient } from 'quix-streams-auth';

const { CONFIGURATION_API = '', CONTENT_URL = '' } = process.env;

const quix = new QuixStreamingClient({ services: [CONFIGURATION_API] });
try {
  const response = await quix.fetch(CONTENT_URL, { signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`The Configuration API answered ${response.status}.`);
  console.log('configuration:', await response.json());
} finally {
  await quix.close();
}
