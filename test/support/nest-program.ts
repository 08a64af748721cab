import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import { installOnce } from '../kafka/support/cached-install.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const NEST_VERSIONS = {
  11: { framework: '11.2.10', microservices: '11.2.6', terminus: '11.1.1' },
  12: { framework: '12.5.1', microservices: '12.1.1', terminus: '12.1.0' },
} as const;

/** The tested versions of Nest. */
export type NestVersion = keyof typeof NEST_VERSIONS;

/**
 * Compiles `examples/nestjs` and this package to JavaScript, in a folder with a version of Nest.
 * Returns the path of the program. With tsx, Nest 12 would be loaded twice.
 */
export async function compileNestExample(version: NestVersion): Promise<string> {
  const { framework, microservices, terminus } = NEST_VERSIONS[version];
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: { undici: string };
  };
  const installed = installOnce(`nestjs-${microservices}`, [
    ...['common', 'core', 'platform-express'].map((name) => `@nestjs/${name}@${framework}`),
    `@nestjs/microservices@${microservices}`,
    `@nestjs/terminus@${terminus}`,
    `undici@${dependencies.undici}`,
    'kafkajs@2.2.4',
    'reflect-metadata@0.2.2',
    'rxjs@7.8.2',
  ]);
  const folder = mkdtempSync(join(installed, 'program-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const library = join(folder, 'node_modules/quix-streams-auth');
  const options = { bundle: true, platform: 'node', format: 'esm', target: 'node20' } as const;
  await build({
    ...options,
    entryPoints: {
      index: join(root, 'src/index.ts'),
      kafkajs: join(root, 'src/kafka/kafkajs/index.ts'),
      nestjs: join(root, 'src/kafka/nestjs/index.ts'),
    },
    outdir: join(library, 'dist'),
    external: ['quix-streams-auth', 'undici'],
    tsconfigRaw: {}, // without the paths of tsconfig.json
  });
  copyFileSync(join(root, 'package.json'), join(library, 'package.json'));
  await build({
    ...options,
    entryPoints: [join(root, 'examples/nestjs/main.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    packages: 'external',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
  });
  return join(folder, 'main.mjs');
}
