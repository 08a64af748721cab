import type { QuixTopicConfiguration } from '../workspace/index.ts';

/** Options of {@link QuixStreamingClient.getBrokerCredentials}. */
export interface GetBrokerCredentialsOptions {
  /**
   * Rejects this call when it aborts. The exchange continues for other callers and for the cache.
   */
  signal?: AbortSignal | undefined;
  /** Starts an exchange even if credentials are cached. Default `false`. */
  forceRefresh?: boolean | undefined;
}

/** Options of {@link QuixStreamingClient.getTopic}. */
export interface GetTopicOptions {
  /** Rejects this call when it aborts. Other calls for the same topic continue. */
  signal?: AbortSignal | undefined;
  /** Whether to create a topic that does not exist. Default: the client's `autoCreateTopics`. */
  create?: boolean | undefined;
  /** Configuration of a topic that is created. The Portal chooses what is left out. */
  configuration?: QuixTopicConfiguration | undefined;
}
