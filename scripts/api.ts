// `npm run docs:api` generates docs/api from the doc comments. `npm run docs:api -- --check` exits with 1 if docs/api
// is out of date. Both fail if a public name has no doc comment.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'docs/api');

/** Returns the text of each Markdown file in a folder, by its path. */
function readPages(folderPath: string): Map<string, string> {
  const names = readdirSync(folderPath, { recursive: true }).map(String);
  const pages = names.filter((name) => name.endsWith('.md')).sort();
  return new Map(pages.map((name) => [name, readFileSync(join(folderPath, name), 'utf8')]));
}

/**
 * Types for which typedoc-plugin-markdown counts a property as a second heading, so it links to a heading such
 * as #quixerrorcode-1, which does not exist.
 */
const WRONG_LINKS =
  /#(portaltopicconfiguration|quixerrorcode|quixtopicconfiguration|quixwarningcode)-1\)/g;

function correctLinks(folderPath: string): void {
  for (const [name, text] of readPages(folderPath)) {
    writeFileSync(join(folderPath, name), text.replaceAll(WRONG_LINKS, '#$1)'));
  }
}

async function generate(output: string): Promise<void> {
  const app = await Application.bootstrapWithPlugins({
    options: root,
    tsconfig: `${root}tsconfig.json`,
  });
  const project = await app.convert();
  if (!project) throw new Error('TypeDoc cannot compile the source.');
  app.validate(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) {
    throw new Error('TypeDoc reported the warnings above.');
  }
  app.options.setValue('out', output);
  await app.generateOutputs(project);
  correctLinks(output);
}

if (process.argv.includes('--check')) {
  const fresh = mkdtempSync(join(tmpdir(), 'quix-api-'));
  await generate(fresh);
  const [expected, found] = [readPages(fresh), readPages(folder)];
  rmSync(fresh, { recursive: true });
  const names = new Set([...expected.keys(), ...found.keys()]);
  const stale = [...names].filter((name) => expected.get(name) !== found.get(name));
  if (stale.length > 0) {
    console.error(`docs/api is out of date (${stale.join(', ')}). Run \`npm run docs:api\`.`);
    process.exitCode = 1;
  } else console.log(`docs/api is up to date (${expected.size} pages).`);
} else await generate(folder);
