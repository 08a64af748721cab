import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Compiles programs with the strict options of the source. Returns the errors.
 *
 * @param programs - Code by file name, such as `errors.ts`.
 */
export function compile(programs: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const options = {
    ...ts.parseJsonConfigFileContent(config, ts.sys, root).options,
    // Users write process.env.NAME, and examples declare variables that they do not use.
    noPropertyAccessFromIndexSignature: false,
    noUnusedLocals: false,
    declaration: false,
    configFilePath: `${root}tsconfig.json`,
  };
  const files = new Map([...programs].map(([name, code]) => [root + name, code]));
  const host = ts.createCompilerHost(options);
  const getSourceFile = host.getSourceFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.getSourceFile = (path, ...others) => {
    const code = files.get(path);
    return code === undefined
      ? getSourceFile(path, ...others)
      : ts.createSourceFile(path, code, {
          languageVersion: ts.ScriptTarget.ES2022,
          impliedNodeFormat: ts.ModuleKind.ESNext,
        });
  };
  const program = ts.createProgram([...files.keys()], options, host);
  // Checks only the programs, because `tsc` checks the files that they import.
  return [...files.keys()]
    .map((path) => program.getSourceFile(path))
    .flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ])
    .map(({ file, messageText }) => {
      const name = file?.fileName.slice(root.length) ?? '';
      return `${name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
}
