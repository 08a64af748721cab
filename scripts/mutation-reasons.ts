/** Why the mutants that Stryker leaves alive may stay: scripts/mutation.ts finds them by file, line and change. */

export interface Reason {
  readonly title: string;
  readonly text: string;
  readonly survivors: readonly {
    /** Below src. */
    readonly file: string;
    /** The line as it stands in the source, without the blanks around it. */
    readonly line: string;
    readonly change: string;
  }[];
}

export const REASONS: readonly Reason[] = [
  {
    title: 'No behaviour changes',
    text: 'Another part of the code makes up for the change, or what it guards against cannot happen: the result is the same for every input that can come.',
    survivors: [
      {
        file: 'token/clean-token.ts',
        line: "text = (quote[2] ?? '').trim();",
        change: '\'\' → "Stryker was here!"',
      },
      {
        file: 'token/clean-token.ts',
        line: 'text = text.slice(1);',
        change: 'text.slice(1) → text',
      },
      {
        file: 'token/token-chain.ts',
        line: "const absent = source.peek().absent ?? 'not given';",
        change: '\'not given\' → ""',
      },
      {
        file: 'token/token-chain.ts',
        line: "places.unshift(`${argument ?? ''}, tokenFile (not given)`);",
        change: '\'\' → "Stryker was here!"',
      },
      {
        file: 'token/token-chain.ts',
        line: "const simplify = (name: string): string => name.toLowerCase().replaceAll('_', '');",
        change: 'name.toLowerCase() → name.toUpperCase()',
      },
      {
        file: 'token/token-chain.ts',
        line: "const argument = places[0]?.startsWith('the token argument')",
        change: 'places[0]?.startsWith → places[0].startsWith',
      },
      {
        file: 'token/token-chain.ts',
        line: 'return meant === undefined || names.has(key) || !env[key]?.trim()',
        change: 'env[key]?.trim → env[key].trim',
      },
      {
        file: 'token/token-chain.ts',
        line: "hint: `${nearMisses.join('')}Set ${TOKEN_VARIABLE} to the streaming token of your Quix environment, or pass the token as the first argument.`,",
        change: '\'\' → "Stryker was here!"',
      },
      {
        file: 'token/token-source.ts',
        line: 'let warned = false;',
        change: 'false → true',
      },
      {
        file: 'token/token-source.ts',
        line: "if (!token) throw new QuixError('QUIX_TOKEN_SOURCE_FAILED', 'the file is empty');",
        change: '\'QUIX_TOKEN_SOURCE_FAILED\' → ""',
      },
      {
        file: 'token/token.ts',
        line: "if (typeof number === 'number' && Number.isFinite(number)) {",
        change: "typeof number === 'number' → true",
      },
      {
        file: 'broker/broker-credentials.ts',
        line: '...(clientId !== undefined && { clientId }),',
        change: 'clientId !== undefined → true',
      },
      {
        file: 'broker/ca.ts',
        line: "const compact = value.replace(/\\s+/g, '');",
        change: '/\\s+/g → /\\s/g',
      },
      {
        file: 'broker/ca.ts',
        line: 'if (!blocks) return undefined;',
        change: '!blocks → false',
      },
      {
        file: 'broker/credential-cache.ts',
        line: 'if (number <= this.#outdated || number < this.#installed) {',
        change: 'number < this.#installed → number <= this.#installed',
      },
      {
        file: 'broker/credential-cache.ts',
        line: 'return this.#current !== undefined && maxAgeMs !== undefined && this.ageMs >= maxAgeMs;',
        change: 'maxAgeMs !== undefined → true',
      },
      {
        file: 'broker/credential-cache.ts',
        line: 'if (this.#closed) throw this.#closed;',
        change: 'this.#closed → false',
      },
      {
        file: 'broker/credential-cache.ts',
        line: 'if (retryAfterMs !== undefined) {',
        change: 'retryAfterMs !== undefined → true',
      },
    ],
  },
  {
    title: 'A limit that would have to be met to the millisecond',
    text: 'The change differs from the code only when the clock or a number stands exactly at the limit, and then either way is as good.',
    survivors: [
      {
        file: 'broker/credential-cache.ts',
        line: 'if (this.#pause && pausedMs > 0) {',
        change: 'pausedMs > 0 → pausedMs >= 0',
      },
      {
        file: 'broker/credential-cache.ts',
        line: 'if (this.#flight || performance.now() < this.#refreshAfter) return;',
        change: 'performance.now() < this.#refreshAfter → performance.now() <= this.#refreshAfter',
      },
      {
        file: 'broker/refusal.ts',
        line: 'if (!previous || now - previous.#lastExchangeAt > FORGOTTEN_AFTER_MS) {',
        change:
          'now - previous.#lastExchangeAt > FORGOTTEN_AFTER_MS → now - previous.#lastExchangeAt >= FORGOTTEN_AFTER_MS',
      },
    ],
  },
  {
    title: 'The file cannot be loaded with the change',
    text: 'All of its tests fail to begin, which the vitest runner of Stryker takes for no failed test. Made by hand, the change fails the whole file.',
    survivors: [
      {
        file: 'broker/broker-settings.ts',
        line: "['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'GSSAPI', 'OAUTHBEARER'].map((name) => [",
        change: '(name) => [ fold(name), name, ] → () => undefined',
      },
    ],
  },
  {
    title: 'Words that no program reads',
    text: 'The text or its details are for people, and no test repeats them.',
    survivors: [
      {
        file: 'token/token-selector.ts',
        line: "const problem = error instanceof QuixError ? error.message : 'it failed';",
        change: '\'it failed\' → ""',
      },
      {
        file: 'token/token-selector.ts',
        line: 'message: `The fallbackToken could not be tried: ${problem}`,',
        change: '`The fallbackToken could not be tried: ${problem}` → ``',
      },
      {
        file: 'token/token-source.ts',
        line: "return error instanceof QuixError ? error.message : (errorCode(error) ?? 'unreadable');",
        change: '\'unreadable\' → ""',
      },
      {
        file: 'token/token-source.ts',
        line: "hint: 'See what it calls; its own message is withheld because it may hold the token.',",
        change:
          '\'See what it calls; its own message is withheld because it may hold the token.\' → ""',
      },
      {
        file: 'token/token-file.ts',
        line: "throw Object.assign(new Error('not a file'), {",
        change: '\'not a file\' → ""',
      },
    ],
  },
  {
    title: 'Older than their test',
    text: 'A test for these was written after the run that these figures are from; the next run shows whether it kills them.',
    survivors: [
      {
        file: 'token/token-chain.ts',
        line: 'if (absent === undefined) return token?.describe() ?? { source: source.name };',
        change: 'absent === undefined → true',
      },
      {
        file: 'token/token-chain.ts',
        line: 'if (absent === undefined) return token?.describe() ?? { source: source.name };',
        change: 'token?.describe → token.describe',
      },
      {
        file: 'token/token-chain.ts',
        line: '} catch {',
        change:
          '{ return { source: source.name }; // a variable was changed  … ething that is no token } → {}',
      },
      {
        file: 'token/token-chain.ts',
        line: '? []',
        change: '[] → ["Stryker was here"]',
      },
      {
        file: 'token/token-source.ts',
        line: 'warn?.({',
        change:
          "warn?.({ code: 'TOKEN_CLEANED', about: name, message: `From  … he bare token there.`, }) → warn({ code: 'TOKEN_CLEANED', about: name, message: `From th … the bare token there.` })",
      },
      {
        file: 'broker/credential-cache.ts',
        line: 'if (this.#flight?.number === number) this.#flight = undefined;',
        change: 'this.#flight?.number === number → true',
      },
      {
        file: 'broker/refusal.ts',
        line: 'if (!previous || now - previous.#lastExchangeAt > FORGOTTEN_AFTER_MS) {',
        change: 'now - previous.#lastExchangeAt > FORGOTTEN_AFTER_MS → false',
      },
      {
        file: 'broker/refusal.ts',
        line: 'if (!this.#isPending) return undefined;',
        change: '!this.#isPending → false',
      },
      {
        file: 'broker/refusal.ts',
        line: 'if (!this.#isPending) return;',
        change: '!this.#isPending → false',
      },
      {
        file: 'broker/refusal.ts',
        line: 'const FORGOTTEN_AFTER_MS = 2 * MAX_COOLDOWN_MS;',
        change: '2 * MAX_COOLDOWN_MS → 2 / MAX_COOLDOWN_MS',
      },
    ],
  },
  {
    title: 'Left open',
    text: 'A test could tell the difference and is not written yet.',
    survivors: [
      {
        file: 'token/token.ts',
        line: "const number = typeof seconds === 'string' ? Number(seconds.trim() || NaN) : seconds;",
        change: 'seconds.trim() → seconds',
      },
    ],
  },
];
