// `npm run docs:api` writes docs/api from the doc comments; with --check (part of `npm run check`) it
// fails when docs/api is not what they make, or when a public name has none.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'docs/api');

function read(from: string): Map<string, string> {
  const names = readdirSync(from, { recursive: true }).map(String);
  const pages = names.filter((name) => name.endsWith('.md')).sort();
  return new Map(pages.map((name) => [name, readFileSync(join(from, name), 'utf8')]));
}

async function generate(into: string): Promise<void> {
  const app = await Application.bootstrapWithPlugins({
    options: root,
    tsconfig: `${root}tsconfig.json`,
  });
  const project = await app.convert();
  if (!project) throw new Error('The source does not compile.');
  app.validate(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error('A public name lacks its doc comment: see above.');
  }
  app.options.setValue('out', into);
  await app.generateOutputs(project);
}

if (process.argv.includes('--check')) {
  const fresh = mkdtempSync(join(tmpdir(), 'quix-api-'));
  await generate(fresh);
  const [expected, found] = [read(fresh), read(folder)];
  rmSync(fresh, { recursive: true });
  const names = new Set([...expected.keys(), ...found.keys()]);
  const stale = [...names].filter((name) => expected.get(name) !== found.get(name));
  if (stale.length > 0) {
    console.error(`docs/api is not up to date (${stale.join(', ')}): run npm run docs:api.`);
    process.exitCode = 1;
  } else console.log(`docs/api is up to date: ${expected.size} pages.`);
} else await generate(folder);
