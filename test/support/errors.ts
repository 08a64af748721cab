import { QuixError, type QuixErrorCode } from 'quix-streams-auth';

/** The error that a promise rejects with; fails when it resolves or rejects with something foreign. */
export async function errorOf(promise: Promise<unknown>): Promise<QuixError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof QuixError) return error;
    throw error;
  }
  throw new Error('It resolved, though it should have rejected.');
}

/** The error that a function throws; fails when it returns or throws something foreign. */
export function errorThrown(action: () => unknown): QuixError {
  try {
    action();
  } catch (error) {
    if (error instanceof QuixError) return error;
    throw error;
  }
  throw new Error('It returned, though it should have thrown.');
}

/** The code of an error, or of what a function throws; fails for anything but a QuixError. */
export function codeOf(failure: unknown): QuixErrorCode {
  if (typeof failure === 'function') return errorThrown(failure as () => unknown).code;
  if (failure instanceof QuixError) return failure.code;
  throw failure as Error;
}
