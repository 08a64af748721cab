import { parseArgs } from 'node:util';
import { looksLikeToken } from '../token/looks-like-token.ts';
import { nearMiss } from '../workspace/near-miss.ts';
import type { CommandOptions } from './command.ts';
import { UsageError } from './usage-error.ts';
import { Values } from './values.ts';

/** What may be repeated in a message: no token that was pasted in a wrong place. */
const REPEATABLE = /^-{0,2}[A-Za-z][\w-]{0,30}$/;

/** A word of the command line for a message, or what stands for one that is better not repeated. */
export function quoteWord(word: string): string {
  return REPEATABLE.test(word) && !looksLikeToken(word.replace(/^-+/, '')) ? `"${word}"` : 'that';
}

/** `Did you mean …?` for a word that is close to one of these, else an empty text. */
export function suggestion(word: string, names: readonly string[], prefix = ''): string {
  const near = nearMiss(word, names);
  return near === undefined ? '' : ` Did you mean ${prefix}${near}?`;
}

function unknownOption(name: string, rawName: string, options: CommandOptions): UsageError {
  if (name === 'token') {
    return new UsageError(
      'The token is never taken as an argument: everybody on this machine could see it in the list of processes. Set Quix__Sdk__Token, or use --token-env-var, --token-file or --token-stdin.',
    );
  }
  const near = suggestion(name, Object.keys(options), '--');
  return new UsageError(`There is no option ${quoteWord(rawName)}.${near}`);
}

/**
 * Reads the options of a command.
 *
 * @throws UsageError for whatever is not known, without repeating what may be a token
 */
export function parseArguments(args: readonly string[], options: CommandOptions): Values {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, { value, short }]) => [
        name,
        { type: value === undefined ? 'boolean' : 'string', ...(short && { short }) },
      ]),
    ),
  });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      throw new UsageError(
        `This command takes options alone: what is ${quoteWord(token.value)} for?`,
      );
    }
    const { name, rawName, value, inlineValue } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!option) throw unknownOption(name, rawName, options);
    if (option.value === undefined && value !== undefined) {
      throw new UsageError(`--${name} takes no value.`);
    }
    // Without a value of its own, an option would take the next option for it.
    const isMissing = !value?.trim() || (!inlineValue && value.startsWith('-'));
    if (option.value !== undefined && isMissing) {
      throw new UsageError(`--${name} needs a value: --${name} ${option.value}.`);
    }
    if (looksLikeToken(value))
      throw new UsageError(`--${name} was given a token instead of ${option.value ?? ''}.`);
    given.set(name, [...(option.multiple ? (given.get(name) ?? []) : []), value ?? '']);
  }
  return new Values(given);
}
