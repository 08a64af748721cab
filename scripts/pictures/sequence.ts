import { COLOURS, svgDocument, textAt, WIDTH } from './svg.ts';

/** A row of the diagram: a message from one participant to another, or a note at one participant. */
interface Step {
  readonly when?: string;
  readonly from: string;
  readonly to: string;
  readonly lines: readonly string[];
}

/** Messages between the participants, from top to bottom. */
export interface SequenceData {
  readonly title: string;
  readonly subtitle: string;
  readonly participants: readonly string[];
  readonly steps: readonly Step[];
}

const HEAD = 64;
const BOX_HEIGHT = 30;
const LINE_HEIGHT = 17;
/** Width of the box of a note, which hides the line of its participant. */
const NOTE_WIDTH = 200;

/** Draws an arrow with its text above it, or a note if sender and recipient are the same. */
function drawStep(step: Step, y: number, xOf: (name: string) => number): string[] {
  const { from, to, lines } = step;
  const [start, end] = [xOf(from), xOf(to)];
  const arrowY = y + lines.length * LINE_HEIGHT + 5;
  if (start === end) {
    const height = lines.length * LINE_HEIGHT + 6;
    return [
      `<rect x="${start - NOTE_WIDTH / 2}" y="${y}" width="${NOTE_WIDTH}" height="${height}" rx="4" fill="${COLOURS.background}" stroke="${COLOURS.border}"/>`,
      ...lines.map((line, index) =>
        textAt(start, y + (index + 1) * LINE_HEIGHT - 2, line, { anchor: 'middle' }),
      ),
    ];
  }
  const direction = end > start ? 1 : -1;
  const tip = end - 2 * direction;
  const middle = (start + end) / 2;
  return [
    ...lines.map((line, index) =>
      textAt(middle, y + (index + 1) * LINE_HEIGHT - 2, line, { anchor: 'middle' }),
    ),
    `<path d="M${start} ${arrowY}H${tip - 6 * direction}" stroke="${COLOURS.own}" stroke-width="1.5"/>`,
    `<path d="M${tip} ${arrowY}l${-9 * direction} -4.5v9Z" fill="${COLOURS.own}"/>`,
  ];
}

/** Draws a sequence diagram. The data contains the line breaks, so no font is measured. */
export function drawSequence({ title, subtitle, participants, steps }: SequenceData): string {
  const column = WIDTH / participants.length;
  const xOf = (name: string): number => {
    const index = participants.indexOf(name);
    if (index === -1) throw new Error(`${name} is not a participant.`);
    return (index + 0.5) * column;
  };
  let y = HEAD + BOX_HEIGHT + 10;
  const body: string[] = [];
  for (const step of steps) {
    if (step.when !== undefined) {
      y += 6;
      body.push(
        `<rect x="12" y="${y}" width="${WIDTH - 24}" height="24" rx="4" fill="${COLOURS.surface}"/>`,
        textAt(22, y + 17, step.when, { weight: '600' }),
      );
      y += 28;
    }
    body.push(...drawStep(step, y, xOf));
    y += step.lines.length * LINE_HEIGHT + 14;
  }
  const bottom = y + 2;
  const lifelines = participants.map(
    (name) =>
      `<path d="M${xOf(name)} ${HEAD + BOX_HEIGHT}V${bottom}" stroke="${COLOURS.border}" stroke-dasharray="4 4"/>`,
  );
  const boxes = participants.flatMap((name) => [
    `<rect x="${xOf(name) - column / 2 + 12}" y="${HEAD}" width="${column - 24}" height="${BOX_HEIGHT}" rx="5" fill="${COLOURS.surface}" stroke="${COLOURS.border}"/>`,
    textAt(xOf(name), HEAD + 20, name, { anchor: 'middle', weight: '600' }),
  ]);
  return svgDocument(
    bottom + 14,
    title,
    [
      textAt(16, 26, title, { size: 16, weight: '600' }),
      textAt(16, 46, subtitle, { fill: COLOURS.quietText }),
      ...lifelines,
      ...boxes,
      ...body,
    ].join('\n'),
  );
}
