import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

/** Runs main.js with flags of Node, and returns what it prints. */
function run(node, flags, env) {
  const { stdout, stderr } = spawnSync(node, [...flags, 'main.js'], {
    encoding: 'utf8',
    env: { ...process.env, KAFKAJS_NO_PARTITIONER_WARNING: '1', ...env },
  });
  return stdout + stderr;
}

// npm puts the Node 26 of this project first in PATH. The other Node is the one that runs npm.
for (const node of [process.execPath, process.env.npm_node_execpath]) {
  const has = (flag) => spawnSync(node, [flag, '--version']).status === 0;
  const permission = has('--permission') ? '--permission' : '--experimental-permission';
  const net = has('--allow-net') ? ['--allow-net'] : [];
  const flags = [permission, '--allow-fs-read=.', ...net];

  assert.match(run(node, flags), /^sent$/m);
  assert.match(run(node, [permission, ...net]), /ERR_ACCESS_DENIED/);
  const denied = run(node, flags, { TOKEN_FILE: '/etc/hostname' });
  assert.match(denied, /^QUIX_TOKEN_SOURCE_FAILED .*\/etc\/hostname.*ERR_ACCESS_DENIED/m);
  if (net.length > 0) {
    const offline = run(node, [permission, '--allow-fs-read=.']);
    assert.match(offline, /^QUIX_PORTAL_UNAVAILABLE .*ERR_ACCESS_DENIED.*--allow-net/m);
  }
  const version = run(node, ['--version']).trim();
  console.log(`Node ${version}: node ${flags.join(' ')} main.js`);
}
