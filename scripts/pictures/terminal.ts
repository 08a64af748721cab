import { COLOURS, escape, svgDocument, WIDTH } from './svg.ts';

/** A recorded command with its output, including the colour codes. */
export interface TerminalData {
  readonly measured: string;
  readonly command: string;
  /** Width of the terminal. */
  readonly columns: number;
  readonly lines: readonly string[];
}

const MARGIN = 16;
const LINE_HEIGHT = 17;
const MONOSPACE = 'ui-monospace, SFMono-Regular, Menlo, Consolas, Liberation Mono, monospace';

/** Attributes of the codes that `styleText()` of Node writes. An empty text ends a style. */
const STYLES: Readonly<Record<number, { readonly fill?: string; readonly weight?: string }>> = {
  1: { weight: '600' },
  2: { fill: COLOURS.quietText },
  22: { fill: '', weight: '' },
  31: { fill: COLOURS.red },
  32: { fill: COLOURS.green },
  33: { fill: COLOURS.yellow },
  36: { fill: COLOURS.cyan },
  39: { fill: '' },
};

/** Draws the parts of a line. `textLength` gives each part the same width in every font. */
function drawLine(line: string, y: number, charWidth: number): string {
  let fill = '';
  let weight = '';
  let column = 0;
  const parts: string[] = [];
  // eslint-disable-next-line no-control-regex -- colour codes begin with this character
  for (const [, code, text = ''] of line.matchAll(/\u001b\[(\d+)m|([^\u001b]+)/g)) {
    if (code !== undefined) {
      const style = STYLES[Number(code)];
      if (!style) throw new Error(`The picture has no colour for code ${code}.`);
      ({ fill = fill, weight = weight } = style);
      continue;
    }
    // SVG draws several spaces as one, so words with several spaces between them are drawn separately.
    for (const { 0: words, index } of text.matchAll(/\S+(?: \S+)*/g)) {
      const x = (MARGIN + (column + index) * charWidth).toFixed(2);
      const length = (words.length * charWidth).toFixed(2);
      const bold = weight === '' ? '' : ` font-weight="${weight}"`;
      parts.push(
        `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" fill="${fill === '' ? COLOURS.text : fill}"${bold}>${escape(words)}</text>`,
      );
    }
    column += text.length;
  }
  return parts.join('\n');
}

/** Draws a terminal with a command and its output. */
export function drawTerminal({ command, columns, lines }: TerminalData): string {
  const charWidth = (WIDTH - 2 * MARGIN) / columns;
  const shown = [`\u001b[32m$\u001b[39m \u001b[1m${command}\u001b[22m`, ...lines];
  const bar = 28;
  const y = (index: number): number => bar + 22 + index * LINE_HEIGHT;
  return svgDocument(
    y(shown.length),
    `Terminal with the output of ${command}`,
    [
      `<path d="M1 ${bar}V7a6 6 0 0 1 6-6H${WIDTH - 7}a6 6 0 0 1 6 6V${bar}Z" fill="${COLOURS.surface}"/>`,
      `<path d="M1 ${bar}.5H${WIDTH - 1}" stroke="${COLOURS.border}"/>`,
      ...[20, 38, 56].map((x) => `<circle cx="${x}" cy="14" r="5.5" fill="${COLOURS.peer}"/>`),
      `<g font-family="${MONOSPACE}" font-size="${(charWidth / 0.602).toFixed(2)}">`,
      ...shown.map((line, index) => drawLine(line, y(index), charWidth)).filter(Boolean),
      '</g>',
    ].join('\n'),
  );
}
