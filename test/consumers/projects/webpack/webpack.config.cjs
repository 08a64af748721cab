module.exports = {
  target: 'node20',
  mode: 'production',
  entry: './service.mjs',
  output: { filename: 'service.cjs' },
  // One file. Without this line, webpack puts undici into a second file, which works too.
  module: { parser: { javascript: { dynamicImportMode: 'eager' } } },
};
