import { Producer } from '@platformatic/kafka';
import type { QuixStreamingClient } from 'quix-streams-auth';
import { platformaticClient } from 'quix-streams-auth/platformatic';

export function createProducer(quix: QuixStreamingClient): Producer {
  return platformaticClient(quix, Producer);
}
