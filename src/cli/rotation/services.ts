import { containsToken } from '../../token/index.ts';
import { UsageError } from '../errors.ts';
import { printable } from '../output.ts';

/** A service with a health URL. On the command line, replicas may have the same name. */
export interface Service {
  readonly name: string;
  readonly url: URL;
}

/** Returns a URL without its query, which may contain a secret. */
export const shownUrl = ({ origin, pathname }: URL): string =>
  pathname === '/' ? origin : `${origin}${pathname}`;

/** @param subject - Describes the URL in error messages, which never contain the URL itself. */
export function parseHttpUrl(text: string, subject: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`${subject} is not a valid URL that starts with http:// or https://.`);
  }
  if (url.username !== '' || url.password !== '' || containsToken(text)) {
    throw new UsageError(`${subject} contains a secret. Remove it from the URL.`);
  }
  return url;
}

function parseService(text: string, place: string): Service {
  const [, name = '', url = ''] = /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/.exec(text) ?? [];
  if (name === '') throw new UsageError(`${place} needs NAME=URL.`);
  return { name, url: parseHttpUrl(url, `The URL of ${printable(name)} in ${place}`) };
}

/**
 * Returns the services of `--service` and of the lines in the file of `--services-file`. Replicas
 * with the same name get a number, such as `orders-2`.
 */
export function parseServices(texts: readonly string[], fileText = ''): Service[] {
  const lines = fileText.split('\n').map((line, index) => [line.trim(), index + 1] as const);
  const services = [
    ...texts.map((text) => parseService(text, '--service')),
    ...lines
      .filter(([line]) => line !== '' && !line.startsWith('#'))
      .map(([line, number]) => parseService(line, `line ${number} of --services-file`)),
  ];
  const counts = new Map<string, number>();
  for (const { name } of services) counts.set(name, (counts.get(name) ?? 0) + 1);
  const numbers = new Map<string, number>();
  return services.map(({ name, url }) => {
    if (counts.get(name) === 1) return { name, url };
    const number = (numbers.get(name) ?? 0) + 1;
    numbers.set(name, number);
    return { name: `${name}-${number}`, url };
  });
}
