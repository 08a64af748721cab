import { build } from 'esbuild';

const options = {
  entryPoints: ['handler.mjs'],
  bundle: true,
  platform: 'node',
  format: 'cjs',
  external: ['@aws-sdk/*'],
};

// The default settings of the AWS CDK.
await build({ ...options, target: 'node20', outfile: 'dist/cdk/index.js' });

// The default settings of AWS SAM.
await build({ ...options, target: 'es2020', minify: true, outfile: 'dist/sam/index.js' });
