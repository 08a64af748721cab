import { QuixError } from '../errors.ts';

/** For a second argument that is not the library's: `undefined` where it is not installed, most of all. */
export function wrongLibrary(adapter: string, wanted: string, packageName: string): QuixError {
  return new QuixError(
    'QUIX_CONFIG',
    `The second argument of ${adapter}() is not ${wanted} of ${packageName}.`,
    { hint: `Run "npm install ${packageName}", and import it from there.` },
  );
}
