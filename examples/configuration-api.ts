// Reads a configuration from Quix's Configuration API with the token of the environment.
//
// The Configuration API publishes an event to a Kafka topic for each new version of a configuration.
// The property contentUrl of the event is the URL of its content. The official Python client
// requests this URL with the streaming token. This program does the same, but it sends the token only
// to the origin in CONFIGURATION_API, whatever URL the event contains. After a 401, fetch() reads the
// token again.
//
// The other URLs of this API are not documented publicly. The tests use a local HTTP server in place of
// the Configuration API.
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
