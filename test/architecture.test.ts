import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { architectureProblems, MODULES, type SourceFile } from './support/architecture.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const source = (): SourceFile[] =>
  readdirSync(`${root}src`, { recursive: true })
    .map((name) => String(name).replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(`${root}src/${path}`, 'utf8') }));

describe('the source', () => {
  it('has the modules of the design', () => {
    const folders = readdirSync(`${root}src`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(folders.sort()).toEqual([...MODULES].sort());
  });

  it('follows the rules for modules, imports and file sizes', () => {
    expect(architectureProblems(source())).toEqual([]);
  });

  it('has modules that docs/architecture.md describes', () => {
    const page = readFileSync(`${root}docs/architecture.md`, 'utf8');
    for (const module of MODULES) expect(page).toContain(`\`${module}/\``);
  });
});

/** A small package that follows all rules. */
const CORRECT: Readonly<Record<string, string>> = {
  'index.ts': `
    export { QuixStreamingClient } from './client/index.ts';
    export type { BrokerCredentials } from './credentials/index.ts';
    export { QuixError } from './errors.ts';`,
  'errors.ts': `import { sanitizeError } from './sanitize-error.ts';`,
  'logger.ts': `
    /** @example import { QuixStreamingClient } from 'quix-streams-auth'; */
    import type { Dispatcher } from 'undici';`,
  'token/index.ts': `export { Token } from './token.ts';`,
  'token/token.ts': `import { readFile } from 'node:fs/promises';\nimport '../errors.ts';`,
  'portal/index.ts': `export { Portal } from './http/portal.ts';`,
  'portal/http/portal.ts': `
    import type { Token } from '../../token/index.ts';
    import http from 'node:http';
    export const load = (): Promise<unknown> => import('undici');`,
  'workspace/index.ts': `import '../portal/index.ts';\nimport '../token/index.ts';`,
  'credentials/index.ts': `import '../workspace/index.ts';`,
  'client/index.ts': `import '../credentials/index.ts';\nimport type { Dispatcher } from 'undici';`,
  'kafka/shared/index.ts': `import { QuixError } from 'quix-streams-auth';`,
  'kafka/kafkajs/index.ts': `
    import type { KafkaConfig } from 'kafkajs';
    import { QuixError } from 'quix-streams-auth';
    import '../../credentials/index.ts';
    import '../shared/index.ts';`,
  'kafka/nestjs/index.ts': `
    import type { ServerKafka } from '@nestjs/microservices';
    import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';`,
  'testing/index.ts': `import { createServer } from 'node:http';\nimport '../portal/index.ts';`,
  'testing/msw.ts': `import { createPortalState } from 'quix-streams-auth/testing';`,
  'cli/main.ts': `
    import { QuixStreamingClient } from 'quix-streams-auth';
    import { startPortalEmulator } from 'quix-streams-auth/testing';
    import './commands/doctor.ts';`,
  'cli/commands/doctor.ts': `
    import { kafkaJSConfig } from 'quix-streams-auth/kafkajs';
    import '../../kafka/shared/index.ts';
    import '../../portal/index.ts';
    export const load = (name: string): Promise<unknown> => import(name);`,
};

const problemsWith = (path: string, text: string): string[] =>
  architectureProblems(
    Object.entries({ ...CORRECT, [path]: text }).map(([each, content]) => ({
      path: each,
      text: content,
    })),
  );

describe('the check of the architecture', () => {
  it('accepts a package that follows all rules', () => {
    expect(problemsWith('errors.ts', '')).toEqual([]);
  });

  it.each([
    ['an unknown module', 'broker/index.ts', ''],
    ['an unknown file in the root of src/', 'exchanger.ts', ''],
    ['a file directly in kafka/', 'kafka/kafkajs.ts', ''],
    ['a module without index.ts', 'kafka/other/a.ts', ''],
    ['an import past index.ts', 'portal/portal.ts', `import '../token/token.ts';`],
    ['an import past index.ts in a nested folder', 'cli/a/b.ts', `import '../../token/token.ts';`],
    ['an export past index.ts', 'portal/index.ts', `export * from '../token/token.ts';`],
    ['a type import past index.ts', 'portal/a.ts', `import type { T } from '../token/token.ts';`],
    ['a type expression past index.ts', 'portal/a.ts', `type T = import('../token/token.ts').T;`],
    [
      'an adapter that imports past shared/index.ts',
      'kafka/kafkajs/a.ts',
      `import '../shared/x.ts';`,
    ],
    ['an import of the client by token/', 'token/a.ts', `import '../client/index.ts';`],
    ['an upward import', 'portal/a.ts', `import '../workspace/index.ts';`],
    ['an upward type import', 'token/a.ts', `import type { P } from '../portal/index.ts';`],
    ['an upward import from a nested folder', 'token/a/b.ts', `import '../../portal/index.ts';`],
    ['an import of kafka/ by client/', 'client/a.ts', `import '../kafka/shared/index.ts';`],
    ['an import of testing/ by client/', 'client/a.ts', `import '../testing/index.ts';`],
    ['an import of client/ by kafka/', 'kafka/shared/a.ts', `import '../../client/index.ts';`],
    ['an import of client/ by testing/', 'testing/a.ts', `import '../client/index.ts';`],
    ['an import of testing/ by cli/', 'cli/a.ts', `import '../testing/index.ts';`],
    [
      'an import of an adapter by its path in cli/',
      'cli/a.ts',
      `import '../kafka/kafkajs/index.ts';`,
    ],
    ['an import of another adapter', 'kafka/confluent/index.ts', `import '../kafkajs/index.ts';`],
    [
      'an import of the adapter for kafkajs outside of the adapter for Nest',
      'kafka/shared/a.ts',
      `import 'quix-streams-auth/kafkajs';`,
    ],
    ['an import of an adapter by shared/', 'kafka/shared/a.ts', `import '../kafkajs/index.ts';`],
    ['an import of src/index.ts by its path', 'kafka/shared/a.ts', `import '../../index.ts';`],
    [
      'an import of the package by its name in client/',
      'client/a.ts',
      `import 'quix-streams-auth';`,
    ],
    [
      'an import of another entry point',
      'kafka/shared/a.ts',
      `import 'quix-streams-auth/testing';`,
    ],
    ['an import of kafka/ by src/index.ts', 'index.ts', `export * from './kafka/shared/index.ts';`],
    ['a root file that imports a module', 'abort.ts', `import './token/index.ts';`],
    ['HTTP in kafka/', 'kafka/shared/a.ts', `import type { Agent } from 'undici';`],
    ['HTTP in client/', 'client/a.ts', `import { request } from 'node:https';`],
    ['HTTP in a root file', 'abort.ts', `import { Agent } from 'undici';`],
    ['HTTP in token/', 'token/a.ts', `import type { Agent } from 'undici';`],
    ['Kafka in token/', 'token/a.ts', `import type { Kafka } from 'kafkajs';`],
    ['Nest in portal/', 'portal/a.ts', `import type { Module } from '@nestjs/common';`],
    ['Kafka in portal/', 'portal/a.ts', `import '@platformatic/kafka';`],
    ['import() of own code', 'client/a.ts', `await import('../credentials/index.ts');`],
    ['import() of a package', 'testing/a.ts', `await import('msw');`],
    ['import() of a computed name', 'kafka/shared/a.ts', 'await import(name);'],
    ['import() of undici outside portal/', 'client/a.ts', `await import('undici');`],
    ['a file with 251 lines', 'token/a.ts', 'export {};\n'.repeat(251)],
  ])('reports %s', (_, path, text) => {
    const problems = problemsWith(path, text);
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems)
      expect(problem).toMatch(new RegExp(`^(?:${path}|kafka/other/)`));
  });

  it('accepts a file with 250 lines', () => {
    expect(problemsWith('token/a.ts', 'export {};\n'.repeat(250))).toEqual([]);
  });
});
