#!/usr/bin/env node
import type { Io } from './output.ts';
import { runProgram } from './program.ts';

// The reader may close the pipe early, as in `quix-auth doctor | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

function untilEnded(): Promise<void> {
  return new Promise((resolve) => {
    // A second signal has its default action and ends the process.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve();
      });
    }
  });
}

const { stdin, stdout, stderr, env } = process;
const io: Io = { stdin, stdout, stderr, env, cwd: process.cwd(), untilEnded };
process.exitCode = await runProgram(process.argv.slice(2), io);
