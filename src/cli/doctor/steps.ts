import type { Group, StepName } from './checkup.ts';

const step = (group: Group, id: string, title: string): StepName => ({ group, id, title });

/** Steps whose names do not depend on the options. */
export const STEPS = {
  settings: step('Settings', 'settings', 'Settings'),
  token: step('Settings', 'token', 'Token'),
  url: step('Portal', 'portal-url', 'Portal URL'),
  proxy: step('Portal', 'portal-proxy', 'Proxy'),
  dns: step('Portal', 'portal-dns', 'DNS'),
  tcp: step('Portal', 'portal-tcp', 'TCP'),
  tls: step('Portal', 'portal-tls', 'TLS'),
  http: step('Portal', 'portal-http', 'HTTP'),
  accepted: step('Portal', 'token-accepted', 'Token accepted'),
  workspace: step('Portal', 'workspace', 'Environment'),
  brokerSettings: step('Portal', 'broker-settings', 'Broker settings'),
  brokers: step('Kafka', 'brokers', 'Brokers'),
} as const;
