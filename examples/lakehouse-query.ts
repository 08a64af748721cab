// Sends a query to the Quix Lakehouse. A deployment with access to the Lakehouse has its URL in
// Quix__Lakehouse__Query__Url, and its own token in Quix__Lakehouse__Query__AuthToken. If that
// variable is not set, the client uses Quix__Sdk__Token and emits a warning. Some Lakehouses reject
// the token of the environment.
//
// Quix does not document the URL /query, the SQL as plain text and the response in CSV. Public
// programs for Quix use them. The tests use a local HTTP server in place of the Lakehouse.
//
//   npx tsx examples/lakehouse-query.ts 'SELECT count(*) AS laps FROM laps'
import { QuixStreamingClient } from 'quix-streams-auth';

const url = new URL(process.env['Quix__Lakehouse__Query__Url'] ?? 'http://lakehouse-query');
const quix = new QuixStreamingClient({
  tokenEnvVar: 'Quix__Lakehouse__Query__AuthToken',
  services: [url.origin],
});
quix.on('warning', ({ message }) => {
  console.warn(message);
});
try {
  const response = await quix.fetch(`${url.href.replace(/\/$/, '')}/query`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: process.argv[2] ?? 'SELECT count(*) AS laps FROM laps',
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`The Lakehouse answered ${response.status}.`);
  console.log(await response.text());
} finally {
  await quix.close();
}
