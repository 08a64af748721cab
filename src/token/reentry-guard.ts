import type { AsyncLocalStorage } from 'node:async_hooks';
import { QuixError } from '../errors.ts';

/** A function of the user that runs. `outer` is the function in which it was called. */
interface GuardedCall {
  readonly guard: ReentryGuard;
  isRunning: boolean;
  readonly outer: GuardedCall | undefined;
}

/** Shared by all clients, because a token function may call other clients. Created on first use. */
let storage: AsyncLocalStorage<GuardedCall | undefined> | undefined;
let runningCalls = 0;

/** Detects that a function of the user calls the client that is waiting for the function. */
export class ReentryGuard {
  /** Runs a function of the user. `isInside` is `true` in everything that the function calls. */
  async run<T>(callback: () => T | PromiseLike<T>): Promise<Awaited<T>> {
    storage ??= new (process.getBuiltinModule('node:async_hooks').AsyncLocalStorage)();
    const call: GuardedCall = { guard: this, isRunning: true, outer: storage.getStore() };
    runningCalls++;
    try {
      return await storage.run(call, callback);
    } finally {
      // The function may have started work that continues. This work may call the client.
      call.isRunning = false;
      // While the storage is enabled, Node before version 24 does more work for each promise.
      if (--runningCalls === 0) storage.disable();
    }
  }

  /** Runs a function inside `run()` as if it were outside. */
  leave<T>(callback: () => T): T {
    const call = storage?.getStore();
    return storage && call ? storage.run(call.outer, callback) : callback();
  }

  /** Whether the current code was called by a function that `run()` is waiting for. */
  get isInside(): boolean {
    if (runningCalls === 0) return false;
    let call = storage?.getStore();
    while (call && !(call.guard === this && call.isRunning)) call = call.outer;
    return call !== undefined;
  }
}

const SUMMARY = 'The token function called its own client, which would call the function again.';

/** Returns the error of a call that a token function makes to its own client. */
export const reentryError = (): QuixError =>
  new QuixError('QUIX_TOKEN_SOURCE_FAILED', SUMMARY, {
    hint: 'Get the token without this client. The function may use another client.',
  });

/** Returns whether an error is a `reentryError()`. A token function may rethrow such an error. */
export const isReentryError = (error: unknown): boolean =>
  error instanceof QuixError && error.summary === SUMMARY;
