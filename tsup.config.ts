import { defineConfig, type Options } from 'tsup';

const common: Options = {
  target: 'node20',
  platform: 'node',
  // One file per entry point and format.
  splitting: false,
  // Removes the parts of valibot that esbuild keeps.
  treeshake: true,
  // Node parses less text, which makes an import faster. Names stay as they are in stack traces.
  minifyWhitespace: true,
  silent: true,
  // Deno needs the prefix `node:`.
  removeNodeProtocol: false,
  // The adapters, the emulator and the command import the main entry point by its name, as users do.
  external: [/^quix-streams-auth/],
  noExternal: ['eventemitter3', 'fastest-levenshtein', 'jose', 'valibot'],
  esbuildOptions(options, { format }) {
    // Node prints the line that threw an uncaught error. Without this limit, it is the whole file.
    options.lineLimit = 200;
    // createRequire() needs the path of the file. CommonJS has no import.meta.
    if (format === 'cjs') options.define = { ...options.define, 'import.meta.url': '__filename' };
  },
};

const library: Options = {
  ...common,
  entry: {
    index: 'src/index.ts',
    confluent: 'src/kafka/confluent/index.ts',
    kafkajs: 'src/kafka/kafkajs/index.ts',
    librdkafka: 'src/kafka/librdkafka/index.ts',
    nestjs: 'src/kafka/nestjs/index.ts',
    platformatic: 'src/kafka/platformatic/index.ts',
    testing: 'src/testing/index.ts',
    'testing-msw': 'src/testing/msw.ts',
  },
  format: ['esm', 'cjs'],
  clean: true,
  dts: {
    resolve: ['eventemitter3'],
    // tsup sets baseUrl, which TypeScript 6 reports as deprecated.
    compilerOptions: { ignoreDeprecations: '6.0', noEmit: false, emitDeclarationOnly: true },
  },
};

const command: Options = {
  ...common,
  entry: { cli: 'src/cli/main.ts' },
  format: ['esm'],
  noExternal: [/^(?!quix-streams-auth|undici|node:)/],
  // Bundled packages in CommonJS call require(), which ES modules do not have.
  banner: {
    js: "import { createRequire as bannerCreateRequire } from 'node:module';\nconst require = bannerCreateRequire(import.meta.url);",
  },
};

export default defineConfig([library, command]);
