import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Runs the bundle of one build in an empty folder. */
async function testBuild(build) {
  const folder = mkdtempSync(join(tmpdir(), 'lambda-'));
  cpSync('runtime.cjs', join(folder, 'runtime.cjs'));
  cpSync(`dist/${build}/index.js`, join(folder, 'index.js'));
  const lambda = fork('runtime.cjs', { cwd: folder });
  const exited = once(lambda, 'exit').then(([code]) =>
    assert.fail(`The program of ${build} ended with ${code}.`),
  );

  async function invoke(event = {}, handler = 'handler') {
    lambda.send({ handler, event: { value: 'hello', ...event } });
    const [result] = await Promise.race([once(lambda, 'message'), exited]);
    console.log(build, result);
    return result;
  }

  try {
    for (let index = 0; index < 3; index += 1) assert.equal((await invoke()).exchanges, 1);
    assert.equal((await invoke({}, 'handlerWithWrongToken')).code, 'QUIX_TOKEN_REJECTED');

    // Lambda freezes the process between invocations. Meanwhile, the Portal closes idle connections.
    lambda.kill('SIGSTOP');
    await setTimeout(7_000);
    const next = invoke({ refresh: true });
    lambda.kill('SIGCONT');
    assert.equal((await next).exchanges, 2);
  } finally {
    lambda.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

renameSync('node_modules', 'hidden');
try {
  await Promise.all([testBuild('cdk'), testBuild('sam')]);
} finally {
  renameSync('hidden', 'node_modules');
}
process.exit(); // the programs' `exited` is still waiting
