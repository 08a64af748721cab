import { containsToken } from '../../token/index.ts';
import { UsageError } from '../errors.ts';

/** A service with a health URL. Several replicas have the same name in the command line. */
export interface Service {
  readonly name: string;
  readonly url: URL;
}

/** Returns a URL without its query, which may contain a secret. */
export const shownUrl = ({ origin, pathname }: URL): string =>
  pathname === '/' ? origin : `${origin}${pathname}`;

/** Parses an http URL. The `subject` is for error messages, which never contain the URL. */
export function parseHttpUrl(text: string, subject: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`${subject} needs a URL that starts with http:// or https://.`);
  }
  if (url.username !== '' || url.password !== '' || containsToken(text)) {
    throw new UsageError(`The URL of ${subject} contains a secret. Remove it from the URL.`);
  }
  return url;
}

function parseService(text: string, subject: string): Service {
  const [, name = '', url = ''] = /^\s*([^=\s]+)\s*=\s*(\S+)\s*$/.exec(text) ?? [];
  if (name === '') throw new UsageError(`${subject} needs NAME=URL.`);
  return { name, url: parseHttpUrl(url, subject) };
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
      .map(([line, number]) => parseService(line, `Line ${number} of --services-file`)),
  ];
  const seen = new Map<string, number>();
  return services.map(({ name, url }) => {
    const number = (seen.get(name) ?? 0) + 1;
    seen.set(name, number);
    const hasReplicas = services.some((other) => other.name === name && other.url !== url);
    return { name: hasReplicas ? `${name}-${number}` : name, url };
  });
}
