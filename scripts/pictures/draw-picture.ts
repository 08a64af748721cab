import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawBars, type BarsData } from './bars.ts';
import { drawRotation, type RotationData } from './rotation.ts';
import { drawSequence, type SequenceData } from './sequence.ts';
import { drawTerminal, type TerminalData } from './terminal.ts';

/** Draws each picture from the content of its data file. */
const PICTURES: Readonly<Record<string, (data: unknown) => string>> = {
  doctor: (data) => drawTerminal(data as TerminalData),
  'first-credentials': (data) => drawBars(data as BarsData),
  'how-it-works': (data) => drawSequence(data as SequenceData),
  import: (data) => drawBars(data as BarsData),
  rotation: (data) => drawRotation(data as RotationData),
};

/** Names of all pictures. */
export const pictureNames = Object.keys(PICTURES);

/** Draws a picture from the data in `folder`. */
export function drawPicture(name: string, folder: string): string {
  const draw = PICTURES[name];
  if (!draw) throw new Error(`There is no picture ${name}.`);
  return draw(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
}

/** Returns the names of the pictures in `folder` that differ from their data. */
export function findOutdated(folder: string): string[] {
  return pictureNames.filter((name) => {
    const path = join(folder, `${name}.svg`);
    return !existsSync(path) || readFileSync(path, 'utf8') !== drawPicture(name, folder);
  });
}

/** Draws the pictures in `folder` again. */
export function writePictures(folder: string): void {
  for (const name of pictureNames) {
    writeFileSync(join(folder, `${name}.svg`), drawPicture(name, folder));
  }
}
