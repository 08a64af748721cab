import type { BrokerCredentials } from 'quix-streams-auth';

/** Cloud load balancers silently drop connections after 4 idle minutes. */
const MAX_IDLE_MS = 180_000;

/** librdkafka's default is 10 s. A client would then send nothing for up to 10 s after an outage. */
const MAX_RECONNECT_BACKOFF_MS = 1_000;

/** Defaults of the adapters. Values of the Portal and of the user replace them. */
export const LIBRDKAFKA_DEFAULTS = {
  'connections.max.idle.ms': MAX_IDLE_MS,
  'metadata.max.age.ms': MAX_IDLE_MS,
  'reconnect.backoff.max.ms': MAX_RECONNECT_BACKOFF_MS,
} as const;

/**
 * Returns the properties that a librdkafka client takes from credentials. Omits settings of
 * OAUTHBEARER, because librdkafka rejects them if it was built without libcurl. They have no effect,
 * because the adapters do not support OAUTHBEARER.
 */
export function librdkafkaProperties(
  credentials: BrokerCredentials,
): Record<string, string | boolean> {
  const { settings } = credentials;
  const entries = Object.entries(credentials.toLibrdkafka())
    .filter(([name]) => !name.startsWith('sasl.oauthbearer.'))
    .map(([name, text]) => {
      // The bindings read some properties themselves, and would read the text "false" as true.
      const isBoolean = Object.hasOwn(settings, name) && /^(?:true|false)$/.test(text);
      return [name, isBoolean ? text === 'true' : text] as const;
    });
  return Object.fromEntries(entries);
}
