export type { GetBrokerCredentialsOptions, GetTopicOptions } from './call-options.ts';
export type { ClientDescription } from './description.ts';
export type { QuixClientEvents } from './events.ts';
export type { QuixClientOptions } from './options.ts';
export { QuixStreamingClient } from './streaming-client.ts';
