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

/** The code of an error, or of what a function throws; fails for anything but a QuixError. */
export function codeOf(failure: unknown): QuixErrorCode {
  let error = failure;
  if (typeof failure === 'function') {
    try {
      (failure as () => unknown)();
      error = new Error('It returned, though it should have thrown.');
    } catch (thrown) {
      error = thrown;
    }
  }
  if (error instanceof QuixError) return error.code;
  throw error as Error;
}
