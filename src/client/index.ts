export type { BrokerAddress } from './broker-address.ts';
export type { ClientDescription } from './client-description.ts';
export type { QuixClientEvents } from './events.ts';
export type { GetBrokerCredentialsOptions, GetTopicOptions, QuixClientOptions } from './options.ts';
export { QuixStreamingClient } from './streaming-client.ts';
