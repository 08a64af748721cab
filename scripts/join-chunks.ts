import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const FORMATS = ['js', 'cjs'];
const ADAPTERS = ['confluent', 'kafkajs', 'platformatic'];
const STATIC_IMPORT = /(?:from|require\() ?(['"])\.\/(chunk-[^'"]+)\1/g;
/** Nothing here does anything by being loaded. */
const BARE_IMPORT = /^(?:import |require\()['"]\.\/chunk-[^'"]+['"]\)?;\n/gm;

const read = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');

/** The chunks that a file leads to without being asked. */
function chunksOf(folder: string, name: string, found = new Set<string>()): Set<string> {
  for (const [, , chunk = ''] of read(folder, name).matchAll(STATIC_IMPORT)) {
    if (found.has(chunk)) continue;
    found.add(chunk);
    chunksOf(folder, chunk, found);
  }
  return found;
}

/** The names that a chunk exports, which tsup writes in one form for each format. */
function exportsOf(folder: string, name: string): string[] {
  const code = read(folder, name);
  if (name.endsWith('.cjs')) {
    return [...code.matchAll(/^exports\.(\w+) =/gm)].map(([, exported = '']) => exported);
  }
  const [, list = ''] = /^export \{ (.*) \};$/m.exec(code) ?? [];
  return list.split(', ').filter((each) => each !== '');
}

function change(folder: string, extension: string, edit: (code: string) => string): void {
  for (const name of readdirSync(folder).filter((each) => each.endsWith(`.${extension}`))) {
    const code = read(folder, name);
    const edited = edit(code);
    if (edited !== code) writeFileSync(join(folder, name), edited);
  }
}

/**
 * Joins the chunks that `index` loads as soon as it is loaded, because an import costs by the file. Nothing
 * is there twice: whoever loads one of the chunks is led to the file that it is in. In ESM, those that
 * the adapters load, too, stay apart in `common`: bundlers cannot shake all of the others off.
 */
export async function joinChunks(folder: string): Promise<void> {
  for (const extension of FORMATS) {
    change(folder, extension, (code) => code.replace(BARE_IMPORT, ''));
  }
  const chunks = [...chunksOf(folder, 'index.js')];
  const shared = new Set(ADAPTERS.flatMap((name) => [...chunksOf(folder, `${name}.js`)]));
  const common = chunks.filter((chunk) => shared.has(chunk));
  const others = chunks.filter((chunk) => !shared.has(chunk));
  const names = chunks.flatMap((chunk) => exportsOf(folder, chunk));
  if (new Set(names).size < names.length) throw new Error('Two chunks export the same name.');
  // CommonJS first: it is made of the modules, which are removed with the second.
  await joinFiles(folder, chunks, 'at-import.cjs');
  requireWhenUsed(folder, 'at-import.cjs', 'jose/jwt/decode', 'decodeJwt');
  await joinFiles(folder, common, 'common.js');
  await joinFiles(folder, others, 'at-import.js', common);
  leadTo(folder, 'cjs', (chunk) => {
    const missing = exportsOf(folder, chunk).filter((name) => !names.includes(name));
    if (missing.length > 0) throw new Error(`Not in both formats: ${missing.join(', ')}.`);
    return 'at-import.cjs';
  });
  leadTo(folder, 'js', (chunk) => (common.includes(chunk) ? 'common.js' : 'at-import.js'));
}

async function joinFiles(
  folder: string,
  chunks: readonly string[],
  name: string,
  others: readonly string[] = [],
): Promise<void> {
  await build({
    stdin: {
      contents: chunks.map((chunk) => `export * from './${chunk}';`).join('\n'),
      resolveDir: folder,
    },
    outfile: join(folder, name),
    bundle: true,
    packages: 'external',
    external: others.map((chunk) => `./${chunk}`),
    format: name.endsWith('.cjs') ? 'cjs' : 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  });
}

/**
 * Has a function's package required by the first call. A streaming token is no JWT: what decodes one is
 * nearly half of an import, and CommonJS can do without. Bundlers find the `require()` there as well.
 */
function requireWhenUsed(folder: string, name: string, dependency: string, used: string): void {
  const code = read(folder, name);
  const required = `require("${dependency}")`;
  const getter = `{ get ${used}() { return ${required}.${used}; } }`;
  const edited = code.replace(` = ${required};`, ` = ${getter};`);
  if (edited === code || edited.split(required).length > 2) {
    throw new Error(`${name} does not require ${dependency} once, into a variable.`);
  }
  writeFileSync(join(folder, name), edited);
}

/** Puts the joined files in the place of the chunks that are in them. */
function leadTo(folder: string, extension: string, homeOf: (chunk: string) => string): void {
  const homes = new Map(
    [...chunksOf(folder, `index.${extension}`)].map((chunk) => [chunk, homeOf(chunk)]),
  );
  for (const chunk of homes.keys()) rmSync(join(folder, chunk));
  change(folder, extension, (code) =>
    code.replace(STATIC_IMPORT, (whole, _quote, chunk: string) =>
      whole.replace(chunk, homes.get(chunk) ?? chunk),
    ),
  );
}
