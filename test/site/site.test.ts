import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxeResults, RunOptions } from 'axe-core';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { BACKGROUND } from '../../scripts/pictures/svg.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const site = 'http://site.test/example/';
const repository = 'https://github.test/owner/example/blob/HEAD/';
const folder = mkdtempSync(join(tmpdir(), 'quix-site-'));
/** Problems of all pages. Each test expects none. */
const problems: string[] = [];
let pages: Map<string, string>;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  execFileSync('npm', ['run', 'docs:site', '--', '--outDir', folder], {
    cwd: root,
    env: {
      ...process.env,
      GITHUB_SERVER_URL: 'https://github.test',
      GITHUB_REPOSITORY: 'owner/example',
    },
  });
  const names = readdirSync(folder, { recursive: true }).map(String);
  pages = new Map(
    names
      .filter((name) => name.endsWith('.html'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

  const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync);
  if (!executablePath) throw new Error('Run `bash scripts/ci/install-tools.sh chromium`.');
  browser = await chromium.launch({ executablePath });
  page = await newTab();
});

afterEach(() => {
  expect(problems.splice(0)).toEqual([]);
});

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Opens a tab that loads the files of the site, and records what goes wrong. */
async function newTab(): Promise<Page> {
  const tab = await browser.newPage({ reducedMotion: 'reduce' });
  tab.on('pageerror', (error) => problems.push(`${tab.url()}: ${error.message}`));
  tab.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      problems.push(`${tab.url()}: ${message.text()}`);
  });
  await tab.route('**', async (route) => {
    const url = route
      .request()
      .url()
      .replace(/[?#].*/, '');
    const path = join(folder, url.slice(site.length));
    if (url.startsWith(site) && existsSync(path)) {
      await route.fulfill({ path });
    } else {
      problems.push(`${tab.url()} requested ${url}, which does not exist`);
      await route.fulfill({ status: 404 });
    }
  });
  return tab;
}

/** Opens a page and waits until its scripts have run. */
async function open(name: string, tab = page): Promise<void> {
  await tab.goto(site + name);
  await tab.waitForFunction('document.querySelector("#app").__vue_app__');
}

/** Returns the values of an attribute in an HTML text. */
const valuesOf = (html: string, attribute: string): string[] =>
  [...html.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, value = '']) => value);

// The rules for WCAG 2.0, 2.1 and 2.2, levels A and AA.
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
// The rules of these levels whose result depends on colours.
const colourRules = ['color-contrast', 'link-in-text-block'];
// VitePress makes these parts of a page. The accessible names of VitePress's search button and of the link on
// 404.html do not contain their visible texts, and axe cannot determine the contrast where one part covers
// another.
const themeParts = [
  '.VPNav',
  '.VPLocalNav',
  '.VPSidebar',
  '.VPDocAside',
  '.VPDocFooter',
  '.NotFound',
];
// axe cannot determine the contrast of text that a reader must scroll to.
const wrapAll = '.vp-doc pre code { white-space: pre-wrap !important; }';

// axe describes only these results completely, which takes less time.
const resultTypes = ['violations', 'incomplete'];

/** Returns the elements of a page's content for which a rule of axe fails, or for which axe cannot decide. */
async function findBarriers(tab: Page, options: RunOptions): Promise<string[]> {
  const { violations, incomplete } = await tab.evaluate<AxeResults>(
    `axe.run(${JSON.stringify({ exclude: themeParts })}, ${JSON.stringify({ ...options, resultTypes })})`,
  );
  return [...violations, ...incomplete].flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html}`),
  );
}

/** Checks the width and the accessibility of a page. */
async function checkPage(name: string, tab: Page): Promise<void> {
  const expectNoBarriers = async (when: string, options: RunOptions): Promise<void> => {
    const barriers = await findBarriers(tab, options);
    problems.push(...barriers.map((barrier) => `${name}, ${when}: ${barrier}`));
  };
  await tab.emulateMedia({ colorScheme: 'light' });
  await open(name, tab);
  for (const width of [1280, 390]) {
    await tab.setViewportSize({ width, height: 900 });
    const used = await tab.evaluate<number>('document.documentElement.scrollWidth');
    if (used > width) problems.push(`${name} needs ${used} px at ${width} px`);
  }
  await tab.addScriptTag({ path: join(root, 'node_modules/axe-core/axe.min.js') });
  const withoutColours = Object.fromEntries(colourRules.map((rule) => [rule, { enabled: false }]));
  await expectNoBarriers('390 px', { runOnly: wcag, rules: withoutColours });

  await tab.setViewportSize({ width: 1280, height: 900 });
  await tab.addStyleTag({ content: wrapAll });
  for (const colorScheme of ['light', 'dark'] as const) {
    await tab.emulateMedia({ colorScheme });
    await tab.locator(colorScheme === 'dark' ? 'html.dark' : 'html:not(.dark)').waitFor();
    await expectNoBarriers(`${colorScheme} mode`, { runOnly: colourRules });
  }
}

it('every page loads without errors, fits the window, and is accessible in light and dark mode', async () => {
  expect(pages.size).toBeGreaterThan(30);
  // Two tabs take the pages from one iterator. This takes less time if the machine has two cores.
  const names = pages.keys();
  await Promise.all(
    [page, await newTab()].map(async (tab) => {
      for (const name of names) await checkPage(name, tab);
    }),
  );
});

/** Returns the colour of a pixel near the left edge of a picture, where only the background is drawn. */
async function backgroundOf(picture: Locator): Promise<string> {
  const png = (await picture.screenshot()).toString('base64');
  return page.evaluate<string>(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${png}';
    await image.decode();
    const context = document.createElement('canvas').getContext('2d');
    context.drawImage(image, 0, 0);
    const [red, green, blue] = context.getImageData(4, 100, 1, 1).data;
    return '#' + [red, green, blue].map((value) => value.toString(16).padStart(2, '0')).join('');
  })()`);
}

it('the switch changes the colours of each picture, whatever the colours of the system are', async () => {
  await page.setViewportSize({ width: 1280, height: 900 });
  const found = new Set<string>();
  for (const [name, html] of pages) {
    if (!html.includes('.svg"')) continue;
    for (const system of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: system });
      await open(name);
      const button = page.locator('.VPNavBarAppearance button');
      await button.click();
      for (const picture of await page.locator('.vp-doc img').all()) {
        const source = (await picture.getAttribute('src')) ?? '';
        found.add(basename(source).replace(/\.[\w-]+\.svg$/, '.svg')); // without VitePress's hash
        const expected = BACKGROUND[system === 'light' ? 'dark' : 'light'];
        expect(await backgroundOf(picture), `${name}, system: ${system}`).toBe(expected);
      }
      // The second click makes VitePress follow the system again.
      await button.click();
    }
  }
  const files = readdirSync(join(root, 'docs/images')).filter((file) => file.endsWith('.svg'));
  expect([...found].sort()).toEqual(files.sort());
});

it('every link leads to a page, a heading or a file of the repository that exists', () => {
  const broken = [...pages].flatMap(([name, html]) =>
    valuesOf(html, 'href')
      .map((href) => new URL(href, site + name).href)
      .filter((href) => {
        const [, file] = href.split(repository);
        if (file !== undefined) return !existsSync(join(root, file));
        const [url = '', anchor] = href.split('#');
        if (!url.startsWith(site)) return false;
        const path = url.slice(site.length).replace(/^$|\/$/, '$&index.html');
        if (!existsSync(join(folder, path))) return true;
        return anchor && !valuesOf(pages.get(path) ?? '', 'id').includes(decodeURI(anchor));
      })
      .map((href) => `${name}: ${href}`),
  );
  expect(broken).toEqual([]);
});

it('the sidebar of the start page leads to every other page', () => {
  const [, sidebar = ''] =
    /<aside class="VPSidebar"(.*?)<\/aside>/s.exec(pages.get('index.html') ?? '') ?? [];
  const links = valuesOf(sidebar, 'href').map((href) =>
    new URL(href, site).href.replace(/\/$/, '/index.html'),
  );
  for (const name of pages.keys()) {
    if (name !== '404.html' && name !== 'index.html') expect(links).toContain(site + name);
  }
});

it('the search leads from an error code to its section in docs/troubleshooting.md', async () => {
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await open('index.html');
    await page.locator('.VPNavBarSearch button').click();
    await page.locator('#localsearch-input').fill('QUIX_TOKEN_REJECTED');
    await page.locator('.VPLocalSearchBox .result').first().click();
    await page.waitForURL(`${site}docs/troubleshooting.html#error-codes`);
    expect(await page.getByText('QUIX_TOKEN_REJECTED').count()).toBeGreaterThan(0);
  }
});
