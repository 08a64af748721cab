import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const folder = mkdtempSync(join(tmpdir(), 'lambda-'));
for (const file of ['dist/index.js', 'runtime.cjs'])
  cpSync(file, join(folder, file.split('/').at(-1)));
renameSync('node_modules', 'hidden');
const lambda = fork('runtime.cjs', { cwd: folder });
const exited = once(lambda, 'exit').then(([code]) =>
  assert.fail(`The program ended with ${code}.`),
);

async function invoke(event) {
  lambda.send({ value: 'hello', ...event });
  const [result] = await Promise.race([once(lambda, 'message'), exited]);
  console.log(result);
  return result;
}

try {
  for (let index = 0; index < 3; index += 1) assert.equal((await invoke()).exchanges, 1);

  // Lambda freezes the process between invocations. Meanwhile, the Portal closes idle connections.
  lambda.kill('SIGSTOP');
  await setTimeout(7_000);
  const next = invoke({ refresh: true });
  lambda.kill('SIGCONT');
  assert.equal((await next).exchanges, 2);
} finally {
  lambda.kill('SIGKILL');
  renameSync('hidden', 'node_modules');
  rmSync(folder, { recursive: true });
}
process.exit(); // `exited` is still waiting
