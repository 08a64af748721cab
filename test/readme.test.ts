import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { readmeSnippets } from './support/readme-snippets.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const snippets = readmeSnippets();
const programs = snippets.filter(({ language }) => language === 'ts' || language === 'js');

it('each program of the README compiles as strictly as the source does', () => {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  // A reader's own tsconfig does not ask for process.env['NAME'].
  const program = {
    ...options,
    noPropertyAccessFromIndexSignature: false,
    declaration: false,
    configFilePath: `${root}tsconfig.json`,
  };
  // What JavaScript shows has no types here: its package cannot be installed everywhere.
  const typed = programs.filter(({ language }) => language === 'ts');
  const files = new Map(typed.map(({ name, code }) => [`${root}readme-${name}.ts`, code]));
  expect(files.size).toBeGreaterThanOrEqual(5);
  const host = ts.createCompilerHost(program);
  const getSourceFile = host.getSourceFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.getSourceFile = (path, ...others) => {
    const code = files.get(path);
    return code === undefined
      ? getSourceFile(path, ...others)
      : ts.createSourceFile(path, code, ts.ScriptTarget.ES2022);
  };
  const problems = ts
    .getPreEmitDiagnostics(ts.createProgram([...files.keys()], program, host))
    .map(
      ({ file, messageText }) =>
        `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  expect(problems).toEqual([]);
}, 60_000);

it('each snippet of the README says what it needs, so that a test runs it', () => {
  const names = snippets.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  // test/readme-run.test.ts runs the first, test/readme.broker.test.ts the others, all of each.
  for (const { name, need } of programs) expect(['portal', 'kafka'], name).toContain(need);
  // The first is run by test/package/readme.test.ts, the others by .ci/run.
  const commands = snippets.filter((snippet) => !programs.includes(snippet));
  expect(commands.map(({ language, name }) => `${language} ${name}`)).toEqual([
    'sh install',
    'sh start',
    'sh test',
  ]);
});

it('the version that is sent to the Portal is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    version: string;
  };
  const { VERSION } = await import('../src/version.ts');
  expect(VERSION).toBe(version);
});

it('each file of the project that the documents name exists', () => {
  const documents = [
    ...['README.md', 'CONTRIBUTING.md', 'examples/README.md'],
    ...readdirSync(`${root}docs`, { recursive: true })
      .filter((name) => String(name).endsWith('.md'))
      .map((name) => `docs/${String(name)}`),
  ];
  const missing = documents.flatMap((document) => {
    const text = readFileSync(`${root}${document}`, 'utf8');
    const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = '']) =>
      join(dirname(document), path),
    );
    const named = [...text.matchAll(/\b(?:test|examples|scripts|bench)\/[\w./-]+\.\w+/g)].map(
      String,
    );
    return [...linked, ...named]
      .filter((path) => !existsSync(`${root}${path}`))
      .map((path) => `${document}: ${path}`);
  });
  expect(missing).toEqual([]);
});
