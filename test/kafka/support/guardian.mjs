// Runs a server and ends with its parent process. When the parent ends, even by SIGKILL, standard
// input closes. The server is then killed, and the folder with its private keys and passwords is
// removed.
//
//   node guardian.mjs FOLDER GRACE_MS COMMAND ARGUMENTS…
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import process from 'node:process';
import { setTimeout } from 'node:timers';

const [folder, graceMs, command, ...args] = process.argv.slice(2);
let isOrphan = false;

const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
child.on('exit', (code) => {
  // The servers of a cluster share a folder, and another one may still write to it.
  if (isOrphan) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  process.exit(code ?? 1);
});

process.on('SIGTERM', () => {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), Number(graceMs)).unref();
});
process.on('SIGHUP', () => {
  child.kill('SIGKILL');
});
process.stdin
  .on('close', () => {
    isOrphan = true;
    child.kill('SIGKILL');
  })
  .resume();
