import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

/** The folder of the pictures and their data. */
export const imagesFolder = fileURLToPath(new URL('../../docs/images', import.meta.url));

/** Writes the data of a picture. */
export async function writeData(name: string, data: object): Promise<void> {
  const path = join(imagesFolder, `${name}.json`);
  const options = { ...(await resolveConfig(path)), parser: 'json' };
  writeFileSync(path, await format(JSON.stringify(data), options));
}

/** Describes when and where data was recorded. */
export function describeMeasurement(): string {
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${date} with Node ${process.versions.node} on ${availableParallelism()} cores.`;
}
