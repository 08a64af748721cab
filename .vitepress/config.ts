// `npm run docs:site` builds a static site from the documents of the repository, in .vitepress/dist.
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type DefaultTheme, type MarkdownOptions } from 'vitepress';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

// GitHub Actions sets these variables. Elsewhere, the address of the repository is not known.
const { GITHUB_SERVER_URL: server = '', GITHUB_REPOSITORY: repository } = process.env;

const isPage = (path: string): boolean => /^((docs|examples)\/.*|[^/]+)\.md$/.test(path);

/** Renames each README.md, because index.html is the page that a web server returns for a folder. */
const pageOf = (path: string): string => path.replace(/\bREADME\.md/, 'index.md');

/** Returns the anchor that GitHub makes from a heading. */
const slugify = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');

/** Makes a link to a file that is not a page lead to the repository. Removes the link if the repository is unknown. */
const replaceLinks: MarkdownOptions['config'] = (md) => {
  md.core.ruler.push('replace-links', ({ tokens, env }) => {
    const folder = posix.dirname((env as { relativePath: string }).relativePath);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.attrGet('href');
      if (!href || /^(#|[a-z]+:)/.test(href)) continue;
      const path = posix.join(folder, href.replace(/#.*/, ''));
      if (isPage(path)) token.attrSet('href', pageOf(href));
      else if (repository) token.attrSet('href', `${server}/${repository}/blob/HEAD/${path}`);
      else token.attrs = [];
    }
  });
};

/** Returns the pages in a folder to which a Markdown text links. */
const linksIn = (text: string, folder = ''): string[] =>
  [...text.matchAll(/\]\(([\w./-]+\.md)\)/g)].map(([, path = '']) => folder + path);

/** Returns entries of the sidebar, each with the first heading of its page. */
const entriesOf = (paths: string[]): DefaultTheme.SidebarItem[] =>
  paths.map((path) => ({
    text: /^# (.+)$/m.exec(read(path))?.[1] ?? path,
    link: `/${pageOf(path)}`,
  }));

// The section "Documentation" of the README has one table for users and one for maintainers. Their links are the
// entries of the sidebar.
const [, documentation = ''] = read('README.md').split(/^## Documentation$/m);
const [, users, maintainers] = documentation.split(/^\| for /m);
if (!users || !maintainers) throw new Error('README.md has no tables for the sidebar.');
const api = 'docs/api/README.md';

// The pictures have light and dark colours. They follow `color-scheme`, which VitePress sets in dark mode only.
// Without this rule, pictures follow the system in light mode.
const style = `
  html:not(.dark) { color-scheme: light; }
  .VPDoc { --vp-code-lang-color: var(--vp-c-text-2); }
  .VPDoc .vp-doc th, .VPDoc .vp-doc td { padding: 6px 10px; vertical-align: top; }
  .VPDoc .vp-doc td:not(:first-child) { min-width: 7rem; }
  .VPDoc .vp-doc td:not(:first-child) code { overflow-wrap: anywhere; }
  .VPDoc .vp-doc blockquote > p + p { margin-top: 12px; }
  @media (min-width: 960px) {
    .VPDoc.has-aside > .container > .content { padding-inline: 0; }
  }
`;

export default defineConfig({
  title: 'quix-streams-auth',
  description: 'Quix Streams authentication for Node',
  base: repository ? `/${posix.basename(repository)}/` : '/',
  srcExclude: ['!(docs|examples)/*/**'],
  rewrites: pageOf,
  head: [
    // Without an icon, browsers request /favicon.ico, which does not exist.
    ['link', { rel: 'icon', href: 'data:,' }],
    ['style', {}, style],
  ],
  markdown: {
    anchor: { slugify },
    config: replaceLinks,
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  // The search index is larger than the limit. It is loaded when the search is opened.
  vite: { build: { chunkSizeWarningLimit: 3_000 } },
  themeConfig: {
    outline: [2, 3],
    // The search splits QUIX_TOKEN_REJECTED into three words. A result must contain all of them.
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            combineWith: 'AND',
            boostDocument: (id) => (String(id).includes('/docs/troubleshooting') ? 3 : 1),
          },
        },
      },
    },
    sidebar: [
      { text: 'Guides', items: entriesOf(linksIn(users).filter((path) => path !== api)) },
      {
        text: 'API reference',
        link: `/${pageOf(api)}`,
        collapsed: true,
        items: entriesOf(linksIn(read(api), 'docs/api/')),
      },
      {
        text: 'Project',
        items: entriesOf([
          ...linksIn(maintainers),
          'CHANGELOG.md',
          'SECURITY.md',
          'THIRD-PARTY-NOTICES.md',
        ]),
      },
    ],
    socialLinks: repository ? [{ icon: 'github', link: `${server}/${repository}` }] : [],
  },
});
