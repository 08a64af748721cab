import { application } from './application.ts';
import { brokers, environments } from './environments.ts';
import { errors } from './errors.ts';
import type { Section } from './row.ts';
import { topics } from './topics.ts';

export { usesCommand, type Row, type Section } from './row.ts';

/** All situations in which both clients make the same call. docs/parity.md shows the results. */
export const SECTIONS: readonly Section[] = [
  { title: '`Application`', rows: application },
  { title: '`QuixKafkaConfigsBuilder`: the environment', rows: environments },
  { title: '`QuixKafkaConfigsBuilder`: broker settings and names', rows: brokers },
  { title: '`QuixTopicManager`: topics', rows: topics },
  { title: '`QuixPortalApiService`: failed requests', rows: errors },
];
