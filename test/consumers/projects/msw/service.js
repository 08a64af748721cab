import { QuixStreamingClient } from 'quix-streams-auth';

/** Sends a request of its own to the Portal. */
export async function listEnvironments(portalApi, token) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${portalApi}/workspaces`, { headers });
  return (await response.json()).map(({ name }) => name);
}

/** Gets broker credentials with a client. */
export async function findBrokers(env) {
  const { brokers } = await new QuixStreamingClient({ env }).getBrokerCredentials();
  return brokers;
}
