import { build } from 'esbuild';

// The settings that AWS SAM and the CDK pass to esbuild.
await build({
  entryPoints: ['handler.mjs'],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['@aws-sdk/*'],
  outfile: 'dist/index.js',
});
