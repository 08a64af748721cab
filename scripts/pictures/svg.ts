/** Width of all pictures. A column of text on GitHub is about this wide. */
export const WIDTH = 700;
const FONT = '-apple-system, BlinkMacSystemFont, Segoe UI, Helvetica, Arial, sans-serif';

/** The dark colour for each light one. */
const DARK: Record<string, string> = {};

/** Registers a colour and returns its light value. */
function colour(light: string, dark: string): string {
  DARK[light] = dark;
  return light;
}

/** Colours of all pictures in light mode. The light values differ, because the dark ones depend on them. */
export const COLOURS = {
  background: colour('#ffffff', '#0d1117'),
  border: colour('#d0d7de', '#30363d'),
  surface: colour('#f6f8fa', '#161b22'),
  grid: colour('#e4e8ec', '#262c34'),
  text: colour('#1f2328', '#e6edf3'),
  quietText: colour('#59636e', '#9198a1'),
  own: colour('#0969da', '#4493f8'),
  peer: colour('#afb8c1', '#545d68'),
  green: colour('#1a7f37', '#3fb950'),
  red: colour('#cf222e', '#f85149'),
  yellow: colour('#9a6700', '#d29922'),
  cyan: colour('#1b7c83', '#39c5cf'),
  orange: colour('#bc4c00', '#f0883e'),
  outage: colour('#fff1e5', '#33200f'),
} as const;

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Returns a text element, which does not depend on how wide a font is. */
export function textAt(
  x: number,
  y: number,
  text: string,
  { fill = COLOURS.text, size = 13, anchor = 'start', weight = 'normal' } = {},
): string {
  return `<text x="${x}" y="${y}" fill="${fill}" font-size="${size}" text-anchor="${anchor}" font-weight="${weight}">${escape(text)}</text>`;
}

/**
 * Returns an SVG document with a background and a border. In dark mode, rules replace the light
 * colours. A program without CSS shows the light ones.
 */
export function svgDocument(height: number, title: string, body: string): string {
  const rules = Object.entries(DARK).map(
    ([light, dark]) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`,
  );
  for (const [, used = ''] of body.matchAll(/(?:fill|stroke)="(?!none)([^"]+)"/g)) {
    if (!(used in DARK)) throw new Error(`${title}: ${used} has no colour for dark mode.`);
  }
  const { background, border } = COLOURS;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="${FONT}">`,
    `<title>${escape(title)}</title>`,
    `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6" fill="${background}" stroke="${border}"/>`,
    body,
    '</svg>\n',
  ].join('\n');
}
