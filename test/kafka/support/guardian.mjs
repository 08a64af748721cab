// Runs a server and outlives nobody: when the process that started it is gone, however it ended, its
// end of our standard input closes, and the server is killed.
import { spawn } from 'node:child_process';
import process from 'node:process';

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('exit', (code) => process.exit(code ?? 1));
process.on('SIGTERM', () => child.kill('SIGTERM'));
process.stdin.on('end', () => child.kill('SIGKILL')).resume();
