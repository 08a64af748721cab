/** @module quix-streams-auth/platformatic */
export { platformaticClient } from './platformatic-client.ts';
