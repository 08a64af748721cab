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
        file: 'token/token.ts',
        line: "if (!text.includes('.')) return undefined; // a streaming token: to have it rejected costs far more",
        change: "!text.includes('.') → false",
      },
      {
        file: 'token/token.ts',
        line: "if (!text.includes('.')) return undefined; // a streaming token: to have it rejected costs far more",
        change: '\'.\' → ""',
      },
      {
        file: 'token/token-chain.ts',
        line: "places.unshift(`${argument ?? ''}, tokenFile (not given)`);",
        change: '\'\' \u2192 "Stryker was here!"',
      },
      {
        file: 'portal/answers.ts',
        line: 'const result = v.safeParse(schema, body, { abortEarly: true });',
        change: 'true → false',
      },
      {
        file: 'portal/answers.ts',
        line: 'const result = v.safeParse(schema, body, { abortEarly: true });',
        change: '{ abortEarly: true } → {}',
      },
      {
        file: 'portal/error-body.ts',
        line: "const fold = (text: string): string => text.toLowerCase().replaceAll('-', '+').replaceAll('_', '/');",
        change: 'text.toLowerCase() → text.toUpperCase()',
      },
      {
        file: 'portal/error-body.ts',
        line: "const fold = (text: string): string => text.toLowerCase().replaceAll('-', '+').replaceAll('_', '/');",
        change: '\'/\' → ""',
      },
      {
        file: 'portal/error-body.ts',
        line: "const fold = (text: string): string => text.toLowerCase().replaceAll('-', '+').replaceAll('_', '/');",
        change: '\'_\' → ""',
      },
      {
        file: 'portal/retry-after.ts',
        line: "if (typeof value !== 'string') return undefined;",
        change: "typeof value !== 'string' → false",
      },
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
        file: 'portal/answer-error.ts',
        line: "`There is no topic ${topic} in workspace ${workspaceId ?? ''} (404).${says}`,",
        change: '\'\' → "Stryker was here!"',
      },
      {
        file: 'portal/answers.ts',
        line: "const expected = issue.kind === 'schema' ? issue.type : (RULES[issue.type] ?? 'usable text');",
        change: '\'usable text\' → ""',
      },
      {
        file: 'portal/portal.ts',
        line: 'if (answer.status < 200 || answer.status >= 300) throw toAnswerError(answer, context);',
        change: 'answer.status < 200 → false',
      },
      {
        file: 'portal/transport.ts',
        line: "if (status < 200 || status >= 300) return { status, headers, text: '' };",
        change: 'status < 200 → false',
      },
      {
        file: 'portal/error-body.ts',
        line: 'return message === undefined ? {} : { message };',
        change: 'message === undefined → false',
      },
      {
        file: 'portal/error-body.ts',
        line: "if (typeof body !== 'object' || body === null) return {};",
        change: "typeof body !== 'object' → false",
      },
      {
        file: 'portal/retry.ts',
        line: 'if (!(error instanceof QuixError)) throw error;',
        change: '!(error instanceof QuixError) → false',
      },
      {
        file: 'portal/transport-error.ts',
        line: "if (depth > 4 || typeof error !== 'object' || error === null) return undefined;",
        change: "typeof error !== 'object' → false",
      },
      {
        file: 'portal/transport-error.ts',
        line: "if (depth > 4 || typeof error !== 'object' || error === null) return undefined;",
        change: 'error === null → false',
      },
      {
        file: 'portal/transport-error.ts',
        line: 'if (code !== undefined && TLS_CODE.test(code)) {',
        change: 'code !== undefined → true',
      },
      {
        file: 'portal/transport-error.ts',
        line: "hint: HINTS[code ?? ''] ?? HINTS[cause.name] ?? 'Check the network between here and there.',",
        change: '\'\' → "Stryker was here!"',
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
        file: 'portal/retry.ts',
        line: 'return error.retryAfterMs > roomMs',
        change: 'error.retryAfterMs > roomMs → error.retryAfterMs >= roomMs',
      },
      {
        file: 'portal/transport-error.ts',
        line: "if (depth > 4 || typeof error !== 'object' || error === null) return undefined;",
        change: 'depth > 4 → depth >= 4',
      },
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
    title: 'Shown by a test in a process of its own',
    text: 'Stryker changes the code of its own process alone: what depends on a start of Node is shown by `test/portal/tls.test.ts` and `test/portal/undici.test.ts` in child processes, which run the code as it is.',
    survivors: [
      {
        file: 'portal/dispatcher.ts',
        line: ': [...tls.rootCertificates, ...(file ? [readExtraFile(file)] : [])];',
        change: '[readExtraFile(file)] → []',
      },
      {
        file: 'portal/undici.ts',
        line: "Reflect.get(globalThis, 'Headers');",
        change: '\'Headers\' → ""',
      },
    ],
  },
  {
    title: 'Another Node',
    text: 'The branch is that of Node 22.15 and later; these figures are of Node 20. `.ci/run` runs the same tests on Node 22 and 24.',
    survivors: [
      {
        file: 'portal/dispatcher.ts',
        line: "'getCACertificates' in tls && typeof tls.getCACertificates === 'function'",
        change: "typeof tls.getCACertificates === 'function' → true",
      },
      {
        file: 'portal/dispatcher.ts',
        line: "'getCACertificates' in tls && typeof tls.getCACertificates === 'function'",
        change:
          "typeof tls.getCACertificates === 'function' → typeof tls.getCACertificates !== 'function'",
      },
      {
        file: 'portal/dispatcher.ts',
        line: "'getCACertificates' in tls && typeof tls.getCACertificates === 'function'",
        change: '\'function\' → ""',
      },
    ],
  },
  {
    title: 'OpenSSL passes over it',
    text: 'A text without a certificate among the trusted ones changes nothing: OpenSSL reads no certificate in it.',
    survivors: [
      {
        file: 'portal/dispatcher.ts',
        line: ': [...tls.rootCertificates, ...(file ? [readExtraFile(file)] : [])];',
        change: '[] → ["Stryker was here"]',
      },
      {
        file: 'portal/dispatcher.ts',
        line: "return ''; // Node itself has warned about it at start-up",
        change: '\'\' → "Stryker was here!"',
      },
    ],
  },
  {
    title: 'Would cost seconds in every run of the tests',
    text: 'Telling the difference takes a server that is slow by more than a second.',
    survivors: [
      {
        file: 'portal/portal.ts',
        line: 'timeoutMs: Math.max(1_000, deadline.timeoutMs / 2),',
        change: 'Math.max(1_000, deadline.timeoutMs / 2) → Math.min(1_000, deadline.timeoutMs / 2)',
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
        change: 'token?.describe → token.describe',
      },
    ],
  },
  {
    title: 'Told by tests of the client and of the command',
    text: 'What counts requests and refusals, what debugging is told, and the list of sources that the command shows are asked for by `test/describe.test.ts`, `test/logger.test.ts` and `test/cli`, which are not among the tests that a mutant of these rooms is asked of.',
    survivors: [
      {
        file: 'token/token-chain.ts',
        line: 'get sources(): readonly TokenSource[] {',
        change: '{ return this.#sources; } → {}',
      },
      {
        file: 'portal/portal.ts',
        line: 'get requests(): number {',
        change: '{ return this.#transport.requests; } → {}',
      },
      {
        file: 'portal/portal.ts',
        line: 'this.#debug?.(`${host} answered ${answer.status} when asked for ${about.asked}.`);',
        change: '`${host} answered ${answer.status} when asked for ${about.asked}.` → ``',
      },
      {
        file: 'portal/portal.ts',
        line: 'this.#debug?.(`${error.code} when asking for ${about.asked}: again in ${delayMs} ms.`);',
        change: '`${error.code} when asking for ${about.asked}: again in ${delayMs} ms.` → ``',
      },
      {
        file: 'portal/portal.ts',
        line: 'onWait: (delayMs, error) => {',
        change:
          '{ this.#debug?.(`${error.code} when asking for ${about.asked … in in ${delayMs} ms.`); } → {}',
      },
      {
        file: 'portal/transport.ts',
        line: 'get requests(): number {',
        change: '{ return this.#requests; } → {}',
      },
      {
        file: 'portal/transport.ts',
        line: 'this.#requests++;',
        change: 'this.#requests++ → this.#requests--',
      },
      {
        file: 'broker/credential-cache.ts',
        line: 'if (!credentials || credentials !== this.#current || this.isRefused) return false;',
        change: 'false → true',
      },
      {
        file: 'broker/credential-cache.ts',
        line: 'return true;',
        change: 'true → false',
      },
    ],
  },
  {
    title: 'The whole of undici does the same',
    text: 'Without its single files, undici is loaded whole: slower, and nothing else. `bench/figures/first-credentials.ts` sees that.',
    survivors: [
      {
        file: 'portal/undici.ts',
        line: 'const file = (name: string): unknown => load(`undici/lib/${name}.js`);',
        change: '(name: string): unknown => load(`undici/lib/${name}.js`) → () => undefined',
      },
      {
        file: 'portal/undici.ts',
        line: "const { createRequire } = process.getBuiltinModule('node:module');",
        change: '\'node:module\' → ""',
      },
      {
        file: 'portal/undici.ts',
        line: 'const file = (name: string): unknown => load(`undici/lib/${name}.js`);',
        change: '`undici/lib/${name}.js` → ``',
      },
    ],
  },
  {
    title: 'Node 22.15 and later alone',
    text: 'On the Node that the mutants run on, that function does not exist: the branch is for newer ones, on which `.ci/run` runs the same tests.',
    survivors: [
      {
        file: 'portal/dispatcher.ts',
        line: "'getCACertificates' in tls && typeof tls.getCACertificates === 'function'",
        change: "'getCACertificates' in tls && typeof tls.getCACertificates === 'function' → false",
      },
      {
        file: 'portal/dispatcher.ts',
        line: "'getCACertificates' in tls && typeof tls.getCACertificates === 'function'",
        change:
          "'getCACertificates' in tls && typeof tls.getCACertificates === 'function' → 'getCACertificates' in tls || typeof tls.getCACertificates === 'function'",
      },
      {
        file: 'portal/dispatcher.ts',
        line: "'getCACertificates' in tls && typeof tls.getCACertificates === 'function'",
        change: '\'getCACertificates\' → ""',
      },
    ],
  },
  {
    title: 'Left open',
    text: 'A test could tell the difference and is not written yet.',
    survivors: [
      {
        file: 'portal/dispatcher.ts',
        line: "return process.getBuiltinModule('node:fs').readFileSync(path, 'utf8');",
        change: '\'node:fs\' → ""',
      },
      {
        file: 'portal/dispatcher.ts',
        line: "return process.getBuiltinModule('node:fs').readFileSync(path, 'utf8');",
        change: '\'utf8\' → ""',
      },
      {
        file: 'portal/error-body.ts',
        line: 'return printable.length > MAX_MESSAGE_LENGTH',
        change: 'printable.length > MAX_MESSAGE_LENGTH → printable.length >= MAX_MESSAGE_LENGTH',
      },
      {
        file: 'token/token.ts',
        line: "const number = typeof seconds === 'string' ? Number(seconds.trim() || NaN) : seconds;",
        change: 'seconds.trim() → seconds',
      },
      {
        file: 'portal/dispatcher.ts',
        line: 'if (/^(?:https?|socks5?):$/.test(protocol)) return text;',
        change: '/^(?:https?|socks5?):$/ → /^(?:https?|socks5?):/',
      },
      {
        file: 'portal/dispatcher.ts',
        line: 'if (/^(?:https?|socks5?):$/.test(protocol)) return text;',
        change: '/^(?:https?|socks5?):$/ → /^(?:https?|socks5):$/',
      },
    ],
  },
];
