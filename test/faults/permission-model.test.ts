import { describe, expect, it } from 'vitest';
import { Dispatcher } from 'undici';
import { errorOf } from '../support/errors.ts';
import { clientOf } from './scripted-portal.ts';

/** Fails like a connection that Node's permission model does not allow. */
class DeniedDispatcher extends Dispatcher {
  dispatches = 0;

  override dispatch(_: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.dispatches++;
    const error = new Error('Access to this API has been restricted.');
    const denied = Object.assign(error, { code: 'ERR_ACCESS_DENIED', permission: 'Net' });
    handler.onResponseError?.(undefined as never, denied);
    return true;
  }
}

describe('without --allow-net', () => {
  it(
    'a call is not repeated, and the error names the option of Node',
    { meta: { faults: [30] } },
    async () => {
      const dispatcher = new DeniedDispatcher();
      const client = clientOf('https://portal.example', { dispatcher });
      const error = await errorOf(client.getBrokerCredentials());
      expect(error).toMatchObject({ code: 'QUIX_PORTAL_UNAVAILABLE', retryable: false });
      expect(error.message).toMatch(/\(ERR_ACCESS_DENIED\).*--allow-net/);
      expect(dispatcher.dispatches).toBe(1);
    },
  );
});
