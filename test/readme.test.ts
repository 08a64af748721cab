import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { compile } from './support/compile.ts';
import { codeOf, readmeSnippets } from './support/readme-snippets.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const snippets = readmeSnippets();
const programs = snippets.filter(({ language }) => language === 'ts' || language === 'js');

it('every README program compiles with the strict options of the source', () => {
  // The JavaScript program uses a package that cannot be installed on every machine.
  const typed = programs.filter(({ language }) => language === 'ts');
  expect(typed.length).toBeGreaterThanOrEqual(5);
  expect(compile(new Map(typed.map(({ name, code }) => [`readme-${name}.ts`, code])))).toEqual([]);
}, 60_000);

it('every code block of the README has a tag by which a test finds and runs it', () => {
  const names = snippets.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  // test/readme-run.test.ts runs those with the tag portal, test/readme.broker.test.ts the others.
  for (const { name, need } of programs) expect(['portal', 'kafka'], name).toContain(need);
  // test/package/readme.test.ts runs the first one, .ci/run the others.
  const commands = snippets.filter((snippet) => !programs.includes(snippet));
  expect(commands.map(({ language, name }) => `${language} ${name}`)).toEqual([
    'sh install',
    'sh start',
    'sh test',
  ]);
});

it('examples/commonjs.cjs has the same statements as the first program of the README', () => {
  const commonJS = readFileSync(`${root}examples/commonjs.cjs`, 'utf8');
  const statements = codeOf('first-program').replace(/^(?:import .*|\/\/ service\.mjs)\n/gm, '');
  expect(commonJS).toContain(statements.trim().replace(/^(?=.)/gm, '  '));
});

it('the version in src/version.ts is the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    version: string;
  };
  const { VERSION } = await import('../src/version.ts');
  expect(VERSION).toBe(version);
});

/** Every Markdown document of the project, by its path from the root. */
const documents = [
  ...readdirSync(root).map(String),
  ...['docs', 'examples'].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true }).map((name) => `${folder}/${String(name)}`),
  ),
].filter((name) => name.endsWith('.md'));

/** Reads a document without its code blocks, which may contain lines that look like headings. */
function readProse(document: string): string {
  return readFileSync(`${root}${document}`, 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
}

/** Returns the anchors of a document as GitHub makes them from its headings. */
function anchorsOf(document: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of readProse(document).matchAll(/^#+ (.+)$/gm)) {
    const text = heading.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = text.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

it('every relative link in a document leads to a file and to a heading that exist', () => {
  expect(documents.length).toBeGreaterThan(10);
  const broken = documents.flatMap((document) =>
    [
      ...readProse(document).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g),
    ].flatMap(([link, path = '', anchor]) => {
      const target = path === '' ? document : join(dirname(document), path);
      if (!existsSync(`${root}${target}`)) return [`${document}: ${link} has no file`];
      return anchor !== undefined && !anchorsOf(target).has(anchor)
        ? [`${document}: ${link} has no heading`]
        : [];
    }),
  );
  expect(broken).toEqual([]);
});

it('every file that a document mentions by its path exists', () => {
  const missing = documents.flatMap((document) =>
    [...readProse(document).matchAll(/\b(?:test|examples|scripts|bench)\/[\w./-]+\.\w+/g)]
      .map(String)
      .filter((path) => !existsSync(`${root}${path}`))
      .map((path) => `${document}: ${path}`),
  );
  expect(missing).toEqual([]);
});
