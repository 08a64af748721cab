export type { ClientDescription } from './client/index.ts';
