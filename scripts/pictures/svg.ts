/** Width of all pictures. A column of text on GitHub is about this wide. */
export const WIDTH = 700;
const FONT = '-apple-system, BlinkMacSystemFont, Segoe UI, Helvetica, Arial, sans-serif';

/** The colours of all pictures, in light and in dark mode. */
const PALETTE = {
  background: ['#ffffff', '#0d1117'],
  border: ['#d0d7de', '#30363d'],
  surface: ['#f6f8fa', '#161b22'],
  grid: ['#e4e8ec', '#262c34'],
  text: ['#1f2328', '#e6edf3'],
  quietText: ['#59636e', '#9198a1'],
  own: ['#0969da', '#4493f8'],
  peer: ['#afb8c1', '#545d68'],
  green: ['#1a7f37', '#3fb950'],
  red: ['#cf222e', '#f85149'],
  yellow: ['#9a6700', '#d29922'],
  cyan: ['#1b7c83', '#39c5cf'],
  orange: ['#bc4c00', '#f0883e'],
  event: ['#fff1e5', '#33200f'],
} as const;

const [light, dark] = PALETTE.background;
/** The background of all pictures, by mode. */
export const BACKGROUND = { light, dark };

/** The dark colour for each light one. */
const DARK = new Map<string, string>(Object.values(PALETTE));
// The rules for dark mode find elements by their light colour.
if (DARK.size < Object.keys(PALETTE).length) throw new Error('Two light colours are the same.');

/** The light colours by name. */
export const COLOURS = Object.fromEntries(
  Object.entries(PALETTE).map(([name, [light]]) => [name, light]),
) as Readonly<Record<keyof typeof PALETTE, string>>;

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Returns a text element. The anchor sets its position, so the width of the text need not be known. */
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
  const rules = [...DARK].map(
    ([light, dark]) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`,
  );
  for (const [, used = ''] of body.matchAll(/(?:fill|stroke)="(?!none)([^"]+)"/g)) {
    if (!DARK.has(used)) throw new Error(`${title}: ${used} has no colour for dark mode.`);
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
