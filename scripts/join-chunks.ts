import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const FORMATS = [
  ['esm', 'js'],
  ['cjs', 'cjs'],
] as const;
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
 * Joins the chunks that `index` loads as soon as it is loaded, because an import costs by the file: those
 * that the adapters load, too, into `common`, the others into `at-import`. Nothing is there twice:
 * whoever loads one of the chunks is led to the file that it is in.
 */
export async function joinChunks(folder: string): Promise<void> {
  for (const [, extension] of FORMATS) {
    change(folder, extension, (code) => code.replace(BARE_IMPORT, ''));
  }
  const chunks = chunksOf(folder, 'index.js');
  const shared = new Set(ADAPTERS.flatMap((name) => [...chunksOf(folder, `${name}.js`)]));
  const common = [...chunks].filter((chunk) => shared.has(chunk));
  const others = [...chunks].filter((chunk) => !shared.has(chunk));
  /** Which file has which name. */
  const homes = new Map<string, string>();
  for (const [name, parts] of [
    ['common', common],
    ['at-import', others],
  ] as const) {
    for (const exported of parts.flatMap((chunk) => exportsOf(folder, chunk))) {
      if (homes.has(exported)) throw new Error(`Two chunks export ${exported}.`);
      homes.set(exported, name);
    }
    const contents = parts.map((chunk) => `export * from './${chunk}';`).join('\n');
    for (const [format, extension] of FORMATS) {
      await build({
        stdin: { contents, resolveDir: folder },
        outfile: join(folder, `${name}.${extension}`),
        bundle: true,
        packages: 'external',
        external: name === 'common' ? [] : common.map((chunk) => `./${chunk}`),
        format,
        platform: 'node',
        target: 'node20',
        logLevel: 'error',
      });
    }
  }
  for (const [, extension] of FORMATS) leadToHomes(folder, extension, homes, common);
}

/** Puts the joined files in the place of the chunks that are in them. */
function leadToHomes(
  folder: string,
  extension: string,
  homes: ReadonlyMap<string, string>,
  common: readonly string[],
): void {
  const homeOf = new Map(common.map((chunk) => [chunk, 'common']));
  for (const chunk of chunksOf(folder, `index.${extension}`)) {
    const [home, ...others] = new Set(exportsOf(folder, chunk).map((name) => homes.get(name)));
    if (home === undefined || others.length > 0) throw new Error(`${chunk} has no one home.`);
    homeOf.set(chunk, home);
  }
  for (const chunk of chunksOf(folder, `index.${extension}`)) rmSync(join(folder, chunk));
  change(folder, extension, (code) =>
    code.replace(STATIC_IMPORT, (whole, _quote, chunk: string) => {
      const home = homeOf.get(chunk);
      return home === undefined ? whole : whole.replace(chunk, `${home}.${extension}`);
    }),
  );
}
