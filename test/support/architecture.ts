import { posix } from 'node:path';
import ts from 'typescript';

/** A source file. The path is relative to src/. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

interface Import {
  /** Empty for an `import()` of something other than a literal. */
  readonly name: string;
  readonly kind: 'value' | 'type' | 'dynamic';
}

const PACKAGE = 'quix-streams-auth';
const MAX_LINES = 250;
const ROOT_FILES = [
  'index',
  'errors',
  'sanitize-error',
  'abort',
  'logger',
  'warnings',
  'version',
  'inner-errors',
  'own-properties',
  'remembered-errors',
];

/** The modules below client/, kafka/, testing/ and cli/. */
const CORE = ['credentials', 'workspace', 'portal', 'token'];

/** For each module, the modules that it may import through their index.ts. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  token: [],
  portal: ['token'],
  workspace: ['portal', 'token'],
  credentials: ['workspace', 'portal', 'token'],
  client: CORE,
  kafka: CORE,
  testing: CORE,
  cli: CORE,
};

/** The names of all modules. */
export const MODULES = Object.keys(ALLOWED);

/** For each module, the entry points of the package that it may import by name. */
const ALLOWED_ENTRY_POINTS: Readonly<Record<string, RegExp>> = {
  kafka: /^$/,
  testing: /^(?:\/testing)?$/,
  cli: /^/,
};

const HTTP = /^(?:undici|node:https?|node:http2|https?|http2)(?:\/|$)/;
const KAFKA =
  /^(?:kafkajs|@nestjs\/.*|@platformatic\/kafka|@confluentinc\/kafka-javascript|node-rdkafka)(?:\/|$)/;

function importsOf({ path, text }: SourceFile): Import[] {
  const imports: Import[] = [];
  const add = (argument: ts.Node | undefined, kind: Import['kind']): void => {
    imports.push({ name: argument && ts.isStringLiteralLike(argument) ? argument.text : '', kind });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      add(
        node.moduleSpecifier,
        node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? 'type' : 'value',
      );
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier)
      add(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'value');
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, 'type');
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], 'dynamic');
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return imports;
}

/** Returns the top-level module of a path, or '' for a file in the root of src/. */
const moduleOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : '');

/** Returns the folder that has its own index.ts: a module, or a folder in kafka/. */
function unitOf(path: string): string {
  const [top = '', folder = ''] = path.split('/');
  return top === 'kafka' && path.split('/').length > 2 ? `${top}/${folder}` : moduleOf(path);
}

function problemOfRelativeImport(from: string, target: string): string | undefined {
  const [source, destination] = [moduleOf(from), moduleOf(target)];
  if (destination === '') {
    return target === 'index.ts' ? `imports src/index.ts by its path` : undefined;
  }
  if (unitOf(from) === unitOf(target)) return undefined;
  const allowed = from === 'index.ts' ? ['client', ...CORE] : (ALLOWED[source] ?? []);
  // The adapters and the command share code. The command imports adapters by their public names.
  const isAllowed =
    destination === 'kafka'
      ? ['kafka', 'cli'].includes(source) && unitOf(target) === 'kafka/shared'
      : allowed.includes(destination);
  if (!isAllowed) return `may not import ${unitOf(target)}/`;
  if (target !== `${unitOf(target)}/index.ts`)
    return `imports ${target} instead of ${unitOf(target)}/index.ts`;
  return undefined;
}

function problemOfPackage(from: string, { name, kind }: Import): string | undefined {
  const source = moduleOf(from);
  if (name === PACKAGE || name.startsWith(`${PACKAGE}/`)) {
    const entryPoint = name.slice(PACKAGE.length);
    const isAllowed =
      ALLOWED_ENTRY_POINTS[source]?.test(entryPoint) === true ||
      // Nest's transport uses kafkajs, so the adapter for Nest uses the one for kafkajs.
      (unitOf(from) === 'kafka/nestjs' && entryPoint === '/kafkajs');
    return isAllowed ? undefined : `may not import ${name}`;
  }
  if (HTTP.test(name)) {
    const allowed = ['portal', 'testing', 'cli', ...(kind === 'type' ? ['client', ''] : [])];
    return allowed.includes(source) ? undefined : `may not use HTTP (${name})`;
  }
  if (KAFKA.test(name) && !['kafka', 'cli'].includes(source)) return `may not use Kafka (${name})`;
  return undefined;
}

function problemOfImport(from: string, each: Import): string | undefined {
  if (each.kind === 'dynamic' && moduleOf(from) !== 'cli' && !/^undici(?:\/|$)/.test(each.name))
    return `may not use import() for ${each.name || 'a computed name'}`;
  return each.name.startsWith('.')
    ? problemOfRelativeImport(from, posix.join(posix.dirname(from), each.name))
    : problemOfPackage(from, each);
}

function* problemsOfPlace({ path, text }: SourceFile): Generator<string> {
  const module = moduleOf(path);
  if (module === '' && !ROOT_FILES.includes(posix.basename(path, '.ts')))
    yield 'is not one of the files in the root of src/';
  if (module !== '' && !MODULES.includes(module)) yield 'is not in a module';
  if (module === 'kafka' && unitOf(path) === 'kafka') yield 'is not in a folder of kafka/';
  const lines = text.trimEnd().split('\n').length;
  if (lines > MAX_LINES) yield `has ${lines} lines, more than ${MAX_LINES}`;
}

/** Returns the violations of the rules in docs/architecture.md, each with the path of its file. */
export function architectureProblems(files: readonly SourceFile[]): string[] {
  const problems = files.flatMap((file) => {
    const inImports = importsOf(file).map((each) => problemOfImport(file.path, each));
    return [...problemsOfPlace(file), ...inImports]
      .filter((problem) => problem !== undefined)
      .map((problem) => `${file.path} ${problem}`);
  });
  const paths = new Set(files.map(({ path }) => path));
  const units = new Set(
    [...paths].map(unitOf).filter((unit) => !['', 'cli', 'kafka'].includes(unit)),
  );
  for (const unit of units)
    if (!paths.has(`${unit}/index.ts`)) problems.push(`${unit}/index.ts does not exist`);
  return [...new Set(problems)];
}
