import { defineConfig } from 'tsup';

// The library loads code by `import()` for each client. What tsx puts between sends each of those to
// another thread, which takes 10 000 clients longer than all they do.
export default defineConfig({
  entry: { fleet: 'bench/fleet.ts', 'socket-portal': 'bench/fleet/socket-portal.ts' },
  outDir: 'coverage/fleet',
  format: 'esm',
  target: 'node20',
  platform: 'node',
  clean: true,
  silent: true,
});
