import { build } from 'esbuild';

const options = { entryPoints: ['service.mjs'], bundle: true, platform: 'node', target: 'node20' };

await build({ ...options, format: 'cjs', outfile: 'dist/service.cjs' });

await build({
  ...options,
  format: 'esm',
  outfile: 'dist/service.mjs',
  // undici and kafkajs are CommonJS and call require(), which ES modules do not have.
  banner: {
    js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
  },
});
