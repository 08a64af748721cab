import { fileURLToPath } from 'node:url';
import { defineConfig, type Options } from 'tsup';
import { joinChunks } from './scripts/join-chunks.ts';

/** CommonJS cannot await while it loads: there msw is required. */
const requireMsw: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'require-msw',
  setup(build) {
    // The option `format` is the same for both: tsup turns the result into CommonJS later.
    if (build.initialOptions.define?.['TSUP_FORMAT'] !== '"cjs"') return;
    const path = fileURLToPath(new URL('src/testing/msw-by-require.ts', import.meta.url));
    build.onResolve({ filter: /\/msw\.ts$/ }, () => ({ path }));
  },
};

const library: Options = {
  entry: {
    index: 'src/index.ts',
    confluent: 'src/kafka/confluent/index.ts',
    kafkajs: 'src/kafka/kafkajs/index.ts',
    platformatic: 'src/kafka/platformatic/index.ts',
    testing: 'src/testing/index.ts',
  },
  format: ['esm', 'cjs'],
  target: 'node20',
  platform: 'node',
  // Whatever only an exchange needs stays a chunk of its own, loaded by the first exchange.
  splitting: true,
  treeshake: true,
  clean: true,
  silent: true,
  // Deno wants the prefix.
  removeNodeProtocol: false,
  esbuildPlugins: [requireMsw],
  esbuildOptions(options, { format }) {
    // For createRequire(): CommonJS has no import.meta.
    if (format === 'cjs') options.define = { ...options.define, 'import.meta.url': '__filename' };
  },
  plugins: [
    {
      // Chunks of CommonJS are required: import() would start Node's loader of modules for them.
      name: 'require-chunks',
      renderChunk(code) {
        if (this.format !== 'cjs') return undefined;
        return {
          code: code.replaceAll(
            /\bimport\(("\.\/[^"]+")\)/g,
            'Promise.resolve().then(() => require($1))',
          ),
        };
      },
    },
  ],
  noExternal: ['valibot', 'fastest-levenshtein'],
  dts: {
    // tsup itself sets baseUrl, which TypeScript 6 calls deprecated.
    compilerOptions: { ignoreDeprecations: '6.0', noEmit: false, emitDeclarationOnly: true },
  },
};

/**
 * The command imports this package by its public names, and has what else it needs of it built in: the
 * library's own files are the same with it and without.
 */
const command: Options = {
  ...library,
  entry: { cli: 'src/cli/main.ts' },
  format: ['esm'],
  splitting: false,
  clean: false,
  dts: false,
  external: [/^quix-streams-auth/],
};

export default defineConfig([
  { ...library, onSuccess: () => joinChunks(fileURLToPath(new URL('dist', import.meta.url))) },
  command,
]);
