import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import type { QuixErrorCode } from 'quix-streams-auth';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');

function snippets(): Map<string, string> {
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)];
  return new Map(
    blocks.map(([, code = ''], index) => [`${root}readme-snippet-${index + 1}.ts`, code]),
  );
}

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
  const files = snippets();
  expect(files.size).toBeGreaterThanOrEqual(3);
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
    .getPreEmitDiagnostics(
      ts.createProgram([...files.keys(), `${root}src/portal/undici-internals.d.ts`], program, host),
    )
    .map(
      ({ file, messageText }) =>
        `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  expect(problems).toEqual([]);
}, 60_000);

it('the table of errors has every code that can be thrown', () => {
  const codes: Record<QuixErrorCode, true> = {
    QUIX_TOPIC_NOT_FOUND: true,
    QUIX_TOPIC_FAILED: true,
    QUIX_TOPIC_TIMEOUT: true,
    QUIX_TOKEN_MISSING: true,
    QUIX_TOKEN_INVALID: true,
    QUIX_TOKEN_SOURCE_FAILED: true,
    QUIX_TOKEN_REJECTED: true,
    QUIX_FORBIDDEN: true,
    QUIX_WORKSPACE_NOT_FOUND: true,
    QUIX_WORKSPACE_AMBIGUOUS: true,
    QUIX_WORKSPACE_NONE: true,
    QUIX_WORKSPACE_CHANGED: true,
    QUIX_PORTAL_UNAVAILABLE: true,
    QUIX_PORTAL_TLS: true,
    QUIX_PORTAL_REDIRECT: true,
    QUIX_BAD_RESPONSE: true,
    QUIX_CREDENTIALS_REFUSED: true,
    QUIX_UNSUPPORTED: true,
    QUIX_CONFIG: true,
    QUIX_CLIENT_CLOSED: true,
  };
  for (const code of Object.keys(codes))
    expect(readme).toMatch(new RegExp(`^\\| \`${code}\``, 'm'));
});

it('the version that is sent to the Portal is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    version: string;
  };
  const { VERSION } = await import('../src/version.ts');
  expect(VERSION).toBe(version);
});

it('each file of the project that the documents name exists', () => {
  const documents = ['README.md', ...readdirSync(`${root}docs`).map((name) => `docs/${name}`)];
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
