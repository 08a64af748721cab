import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const listener = createServer().listen(0, '127.0.0.1');
await once(listener, 'listening');
const { port } = listener.address();
listener.close();
await once(listener, 'close');

// The output contains the path of the folder in which it was built, so node_modules is renamed while
// the server runs.
const folder = mkdtempSync(join(tmpdir(), 'next-'));
cpSync('.next/standalone', folder, { recursive: true });
renameSync('node_modules', 'hidden');
const server = spawn(process.execPath, ['server.js'], {
  cwd: folder,
  env: { ...process.env, HOSTNAME: '127.0.0.1', PORT: `${port}` },
  stdio: 'inherit',
});

/** Sends a request as soon as the server listens. */
async function get() {
  for (;;) {
    assert.equal(server.exitCode, null, 'The server ended.');
    try {
      const response = await fetch(`http://127.0.0.1:${port}/credentials`);
      assert.equal(response.status, 200);
      return await response.json();
    } catch (error) {
      if (error.cause?.code !== 'ECONNREFUSED') throw error;
      await setTimeout(100);
    }
  }
}

try {
  const first = await get();
  assert.match(first.brokers[0], /:\d+$/);
  assert.deepEqual(first.kafkaBrokers, first.brokers);
  assert.equal(first.topic, 'next');
  assert.equal(first.kind, 'jwt');
  assert.equal(first.code, 'QUIX_TOKEN_REJECTED');
  assert.equal((await get()).exchanges, 1);
} finally {
  server.kill();
  await once(server, 'exit');
  renameSync('hidden', 'node_modules');
  rmSync(folder, { recursive: true });
}
