// types.test.ts runs this file in its own process: node check-types.mjs <folder of a TypeScript version>
// <folder of the programs> <output folder>. Prints the diagnostics of that version as JSON.
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import process from 'node:process';

const [typescript, folder, outDir] = process.argv.slice(2);
const ts = createRequire(import.meta.url)(typescript);
const [major, minor] = ts.versionMajorMinor.split('.').map(Number);
const { ESNext, Node16, NodeNext } = ts.ModuleKind;
const { Bundler } = ts.ModuleResolutionKind;

const PLATFORMATIC_2 = join(folder, 'node_modules/platformatic-2/dist/index.d.ts');
const ESM = ['service.mts', 'platformatic.mts', 'program.mts'];
const NODE = [...ESM, 'service.cts', 'program.cts'];
/** @platformatic/kafka is ESM. Since 5.8, nodenext knows that Node can require it. */
const requiresESM = major > 5 || minor >= 8;
const RESOLUTIONS = [
  ['nodenext', requiresESM ? [...NODE, 'platformatic.cts'] : NODE, { module: NodeNext }],
  [
    'nodenext with @platformatic/kafka 2',
    ['platformatic.mts'],
    {
      module: NodeNext,
      paths: { '@platformatic/kafka': [PLATFORMATIC_2] },
    },
  ],
  ['node16', NODE, { module: Node16 }],
  ['bundler', ESM, { module: ESNext, moduleResolution: Bundler }],
];

function check([name, files, options]) {
  const program = ts.createProgram(
    files.map((file) => join(folder, file)),
    {
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      target: ts.ScriptTarget.ES2022,
      types: ['node'],
      typeRoots: [join(folder, 'node_modules', '@types')],
      outDir,
      ...options,
    },
  );
  const sources = program.getSourceFiles();
  const users = sources.filter(({ fileName }) => files.includes(basename(fileName)));
  const own = sources.filter(({ fileName }) => fileName.includes('/quix-streams-auth/dist/'));
  if ('paths' in options && !program.getSourceFile(PLATFORMATIC_2)) {
    throw new Error(`${name}: the types of @platformatic/kafka 2 were not loaded.`);
  }
  // Declarations of other packages are not checked.
  const diagnostics = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...[...users, ...own].flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]),
  ];
  if (name === 'nodenext') for (const file of users) program.emit(file);
  return {
    name,
    checked: [...users, ...own].map(({ fileName }) => basename(fileName)),
    problems: diagnostics.map(({ file, messageText }) => {
      const where = file ? `${basename(file.fileName)}: ` : '';
      return where + ts.flattenDiagnosticMessageText(messageText, ' ');
    }),
  };
}

process.stdout.write(JSON.stringify({ version: ts.version, resolutions: RESOLUTIONS.map(check) }));
