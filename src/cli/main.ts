#!/usr/bin/env node
import type { Io } from './io.ts';
import { runCommand } from './run-command.ts';

// `quix-auth doctor | head -1`: who reads no more is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

function untilEnded(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve(); // a second one ends the process at once, as without this
      });
    }
  });
}

const { stdin, stdout, stderr, env } = process;
const io: Io = { stdin, stdout, stderr, env, cwd: process.cwd(), untilEnded };
process.exitCode = await runCommand(process.argv.slice(2), io);
