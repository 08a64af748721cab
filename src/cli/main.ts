#!/usr/bin/env node
import { once } from 'node:events';
import { untilNpmEnds } from './npm-launcher.ts';
import type { Io } from './output.ts';
import { runProgram } from './program.ts';

const npmEnd = untilNpmEnds(process.env);

// The reader may close the pipe early, as in `quix-auth doctor | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const io: Io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  untilStopped: () => Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), npmEnd]),
};
process.exitCode = await runProgram(process.argv.slice(2), io);
