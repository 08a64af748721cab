module.exports = {
  target: 'node20',
  mode: 'production',
  entry: './service.mjs',
  output: { filename: 'service.cjs' },
  optimization: { minimize: false }, // only to save time
  // One file. Without this line, webpack puts undici into a second file, which works too.
  module: { parser: { javascript: { dynamicImportMode: 'eager' } } },
};
