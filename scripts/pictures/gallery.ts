import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawBars, type BarsData } from './bars.ts';
import { drawRotation, type RotationData } from './rotation.ts';
import { drawSequence, type SequenceData } from './sequence.ts';
import { drawTerminal, type TerminalData } from './terminal.ts';

/** Draws each picture from the text of its data file. */
const PICTURES: Readonly<Record<string, (data: string) => string>> = {
  doctor: (data) => drawTerminal(JSON.parse(data) as TerminalData),
  'first-credentials': (data) => drawBars(JSON.parse(data) as BarsData),
  'how-it-works': (data) => drawSequence(JSON.parse(data) as SequenceData),
  import: (data) => drawBars(JSON.parse(data) as BarsData),
  rotation: (data) => drawRotation(JSON.parse(data) as RotationData),
};

/** Names of all pictures. */
export const pictureNames = Object.keys(PICTURES);

/** Draws a picture from the data in `folder`. */
export function drawPicture(name: string, folder: string): string {
  const draw = PICTURES[name];
  if (!draw) throw new Error(`There is no picture ${name}.`);
  return draw(readFileSync(join(folder, `${name}.json`), 'utf8'));
}

/** Returns the names of the pictures in `folder` that differ from their data. */
export function findOutdated(folder: string): string[] {
  return pictureNames.filter((name) => {
    const path = join(folder, `${name}.svg`);
    return !existsSync(path) || readFileSync(path, 'utf8') !== drawPicture(name, folder);
  });
}
