import { QuixError, type QuixErrorCode } from 'quix-streams-auth';

/** Returns the QuixError that a promise rejects with. Throws if it resolves or rejects with another value. */
export async function errorOf(promise: Promise<unknown>): Promise<QuixError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof QuixError) return error;
    throw error;
  }
  throw new Error('The promise resolved. It should have rejected with a QuixError.');
}

/** Returns the QuixError that a function throws. Throws if it returns or throws another value. */
export function errorThrown(action: () => unknown): QuixError {
  try {
    action();
  } catch (error) {
    if (error instanceof QuixError) return error;
    throw error;
  }
  throw new Error('The function returned. It should have thrown a QuixError.');
}

/** Returns the code of a QuixError, or of the QuixError that a function throws. Throws for any other value. */
export function codeOf(failure: unknown): QuixErrorCode {
  if (typeof failure === 'function') return errorThrown(failure as () => unknown).code;
  if (failure instanceof QuixError) return failure.code;
  throw failure as Error;
}
