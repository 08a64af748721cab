import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const site = 'http://site.test/example/';
const repository = 'https://github.test/owner/example/blob/HEAD/';
const folder = mkdtempSync(join(tmpdir(), 'quix-site-'));
/** Failed requests, and errors and warnings in the console of the browser. Each test expects none. */
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
  page = await browser.newPage({ reducedMotion: 'reduce' });
  page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      problems.push(`${page.url()}: ${message.text()}`);
  });
  await page.route('**', async (route) => {
    const url = route
      .request()
      .url()
      .replace(/[?#].*/, '');
    const path = join(folder, url.slice(site.length));
    if (url.startsWith(site) && existsSync(path)) {
      await route.fulfill({ path });
    } else {
      problems.push(`${page.url()} requested ${url}, which does not exist`);
      await route.fulfill({ status: 404 });
    }
  });
});

afterEach(() => {
  expect(problems.splice(0)).toEqual([]);
});

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Opens a page and waits until its scripts have run. */
async function open(name: string): Promise<void> {
  await page.goto(site + name);
  await page.waitForFunction('document.querySelector("#app").__vue_app__');
}

/** Returns the values of an attribute in an HTML text. */
const valuesOf = (html: string, attribute: string): string[] =>
  [...html.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, value = '']) => value);

/**
 * Runs in the browser. Returns the texts that have a contrast below 4.5 with their background, the limit
 * of WCAG 2.2, level AA. The code is a string because tsconfig.json does not include the types of the DOM.
 */
const findLowContrast = `(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const blend = ([r, g, b, alpha = 1], below) =>
    [r, g, b].map((value, index) => value * alpha + below[index] * (1 - alpha));
  const backgroundOf = (element) => {
    if (!element) return [255, 255, 255];
    const color = parse(getComputedStyle(element).backgroundColor);
    return color[3] === undefined ? color : blend(color, backgroundOf(element.parentElement));
  };
  const luminanceOf = (color) => {
    const [r, g, b] = color.map((value) => value / 255)
      .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = new Set();
  for (const element of document.querySelectorAll('.vp-doc *')) {
    const texts = [...element.childNodes].filter(({ nodeType }) => nodeType === 3);
    const text = texts.map(({ data }) => data).join('').trim();
    if (!/\\w/.test(text)) continue;
    const background = backgroundOf(element);
    const color = blend(parse(getComputedStyle(element).color), background);
    const [dark, light] = [luminanceOf(color), luminanceOf(background)].sort((a, b) => a - b);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) faint.add(element.localName + ' "' + text.slice(0, 30) + '"');
  }
  return [...faint];
})()`;

it('every page loads without errors, fits the window, and is readable in light and dark mode', async () => {
  expect(pages.size).toBeGreaterThan(30);
  for (const name of pages.keys()) {
    await open(name);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.locator(colorScheme === 'dark' ? 'html.dark' : 'html:not(.dark)').waitFor();
      const faint = await page.evaluate<string[]>(findLowContrast);
      problems.push(
        ...faint.map((text) => `${name}: ${text} is hard to read in ${colorScheme} mode`),
      );
    }
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      const used = await page.evaluate<number>('document.documentElement.scrollWidth');
      if (used > width) problems.push(`${name} needs ${used} px at ${width} px`);
    }
  }
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
