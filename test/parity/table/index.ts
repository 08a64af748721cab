import { application } from './application.ts';
import { brokers } from './brokers.ts';
import { environments } from './environments.ts';
import { errors } from './errors.ts';
import type { Section } from './table-case.ts';
import { topics } from './topics.ts';

/** All cases in which both clients make the same call. docs/parity.md shows the results. */
export const SECTIONS: readonly Section[] = [
  { title: '`Application`', cases: application },
  { title: '`QuixKafkaConfigsBuilder`: the environment', cases: environments },
  { title: '`QuixKafkaConfigsBuilder`: broker settings and names', cases: brokers },
  { title: 'Topics', cases: topics },
  { title: 'Failed requests', cases: errors },
];
