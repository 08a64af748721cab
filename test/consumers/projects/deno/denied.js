import assert from 'node:assert/strict';
import { QuixStreamingClient } from 'quix-streams-auth';

// This program runs without --allow-net.
await assert.rejects(new QuixStreamingClient().getBrokerCredentials(), {
  code: 'QUIX_PORTAL_UNAVAILABLE',
  message: /--allow-net/,
  retryable: false,
});
