import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import { nodeResolve } from '@rollup/plugin-node-resolve';

export default {
  input: 'service.mjs',
  output: { dir: 'dist', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' },
  plugins: [
    nodeResolve({ exportConditions: ['node'], preferBuiltins: true }),
    // undici only loads node:sqlite for its cache. Without this option, rollup loads it at the start,
    // and Node 20 does not have it.
    commonjs({ ignore: ['node:sqlite'] }),
    json(),
  ],
};
