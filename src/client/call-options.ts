import type { QuixTopicConfiguration } from '../workspace/index.ts';

/** Options of {@link QuixStreamingClient.getBrokerCredentials}. */
export interface GetBrokerCredentialsOptions {
  /**
   * Aborts this call, which then rejects with the reason of the signal. The exchange continues for
   * other callers and for the cache.
   */
  signal?: AbortSignal | undefined;
  /** Whether to start an exchange even if credentials are cached. Default `false`. */
  forceRefresh?: boolean | undefined;
}

/** Options of {@link QuixStreamingClient.getTopic}. */
export interface GetTopicOptions {
  /**
   * Aborts this call, which then rejects with the reason of the signal. Other calls for the same
   * topic continue.
   */
  signal?: AbortSignal | undefined;
  /** Whether to create a topic that does not exist. Default: the client's `autoCreateTopics`. */
  create?: boolean | undefined;
  /** Configuration of a new topic. The Portal applies its defaults to omitted properties. */
  configuration?: QuixTopicConfiguration | undefined;
}
