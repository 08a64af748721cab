import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const FORMATS = ['js', 'cjs'];
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
 * is there twice: whoever loads one of the chunks is led to the file that they are in. Bundlers shake off
 * what the adapters do without.
 */
export async function joinChunks(folder: string): Promise<void> {
  for (const extension of FORMATS) {
    change(folder, extension, (code) => code.replace(BARE_IMPORT, ''));
  }
  const chunks = [...chunksOf(folder, 'index.js')];
  const names = chunks.flatMap((chunk) => exportsOf(folder, chunk));
  if (new Set(names).size < names.length) throw new Error('Two chunks export the same name.');
  const inCommonJS = [...chunksOf(folder, 'index.cjs')].flatMap((chunk) =>
    exportsOf(folder, chunk),
  );
  const missing = inCommonJS.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new Error(`Not in both formats: ${missing.join(', ')}.`);
  // CommonJS first: it is made of the modules, which are removed with the second.
  for (const extension of ['cjs', 'js']) await joinFiles(folder, chunks, `at-import.${extension}`);
  for (const extension of FORMATS) leadTo(folder, extension, `at-import.${extension}`);
  requireWhenUsed(folder, 'at-import.cjs', 'jose/jwt/decode', 'decodeJwt');
}

async function joinFiles(folder: string, chunks: readonly string[], name: string): Promise<void> {
  await build({
    stdin: {
      contents: chunks.map((chunk) => `export * from './${chunk}';`).join('\n'),
      resolveDir: folder,
    },
    outfile: join(folder, name),
    bundle: true,
    packages: 'external',
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

/** Puts the joined file in the place of the chunks that are in it. */
function leadTo(folder: string, extension: string, joined: string): void {
  const chunks = chunksOf(folder, `index.${extension}`);
  for (const chunk of chunks) rmSync(join(folder, chunk));
  change(folder, extension, (code) =>
    code.replace(STATIC_IMPORT, (whole, _quote, chunk: string) =>
      chunks.has(chunk) ? whole.replace(chunk, joined) : whole,
    ),
  );
}
