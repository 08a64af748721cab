// Jest 29 replaces `createRequire` only in an imported module. With `process.getBuiltinModule()`, a
// test with Jest would load a second copy of Nest.
import { createRequire } from 'node:module';
import type * as Nest from '@nestjs/microservices';
import { QuixError } from 'quix-streams-auth';
import { sanitizeError } from '../../sanitize-error.ts';

const PACKAGE = '@nestjs/microservices';
type BaseName = 'ServerKafka' | 'ClientKafka';

/**
 * Methods of Nest that a subclass overrides or calls, and fields that it uses. If a version of Nest does not
 * have one of them, it could for example connect to localhost. docs/nestjs.md lists the same members.
 */
export const USED_MEMBERS: Readonly<Record<BaseName, readonly string[]>> = {
  ServerKafka: [
    ...['listen', 'createClient', 'sendMessage', 'close'],
    ...['options', 'brokers', 'clientId', 'groupId', 'logger'],
  ],
  ClientKafka: [
    ...['connect', 'createClient', 'getResponsePatternName', 'close'],
    ...['options', 'brokers', 'clientId', 'groupId', 'logger', 'initialized'],
  ],
};

/**
 * Returns a class that extends a class of Nest. Nest is loaded when the first instance is created,
 * so that this entry point can be imported without Nest.
 */
export function lazyBase<Name extends BaseName>(name: Name): (typeof Nest)[Name] {
  function LazyBase(...args: unknown[]): object {
    const Base = loadNest()[name] as (typeof Nest)[BaseName] | undefined;
    if (Base === undefined) throw unsupportedVersion();
    if (Object.getPrototypeOf(LazyBase) !== Base) {
      Object.setPrototypeOf(LazyBase, Base);
      Object.setPrototypeOf(LazyBase.prototype as object, Base.prototype);
    }
    const instance = Reflect.construct(Base, args, new.target) as object;
    for (const member of USED_MEMBERS[name]) {
      const isField = Object.hasOwn(instance, member);
      if (!isField && !(member in Base.prototype)) throw unsupportedVersion();
    }
    return instance;
  }
  return LazyBase as unknown as (typeof Nest)[Name];
}

/** Loads Nest from the node_modules folder of the user. */
export function loadNest(): typeof Nest {
  const load = createRequire(import.meta.url);
  try {
    load.resolve(PACKAGE);
  } catch (error) {
    const summary = `QuixKafkaServer and QuixKafkaClient require the package ${PACKAGE}, which was not found.`;
    const hint = `Run "npm install ${PACKAGE} kafkajs". If you bundle your program, do not include ${PACKAGE} in the bundle.`;
    throw new QuixError('QUIX_CONFIG', summary, { hint, cause: sanitizeError(error) });
  }
  return load(PACKAGE) as typeof Nest;
}

function unsupportedVersion(): QuixError {
  const summary = `QuixKafkaServer and QuixKafkaClient do not support this version of ${PACKAGE}.`;
  const hint = `Run "npm install ${PACKAGE}@12", or install version 11 or 10.`;
  return new QuixError('QUIX_UNSUPPORTED', summary, { hint });
}
