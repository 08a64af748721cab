import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type * as Index from 'quix-streams-auth';
import type * as Confluent from 'quix-streams-auth/confluent';
import type * as KafkaJS from 'quix-streams-auth/kafkajs';
import type * as Platformatic from 'quix-streams-auth/platformatic';
import type * as Testing from 'quix-streams-auth/testing';

interface EntryPoints {
  readonly index: typeof Index;
  readonly confluent: typeof Confluent;
  readonly kafkajs: typeof KafkaJS;
  readonly platformatic: typeof Platformatic;
  readonly testing: typeof Testing;
}

/** An entry point as it is built: for its public name, tsx takes the sources. */
export async function importBuilt<Name extends keyof EntryPoints>(
  name: Name,
): Promise<EntryPoints[Name]> {
  const built = new URL(`../../dist/${name}.js`, import.meta.url);
  if (!existsSync(fileURLToPath(built))) {
    throw new Error('dist/ is missing: run `npm run build` first.');
  }
  return (await import(built.href)) as EntryPoints[Name];
}
