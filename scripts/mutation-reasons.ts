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
        file: 'portal/answer-error.ts',
        line: "`There is no topic ${topic} in workspace ${workspaceId ?? ''} (404).${says}`,",
        change: "workspaceId ?? '' → workspaceId && ''",
      },
      {
        file: 'portal/answer-error.ts',
        line: "`There is no topic ${topic} in workspace ${workspaceId ?? ''} (404).${says}`,",
        change: '\'\' → "Stryker was here!"',
      },
      {
        file: 'portal/answer-error.ts',
        line: "const says = message === undefined ? '' : ` It says: \"${message.replace(/\\.$/, '')}\".`;",
        change: '\'\' → "Stryker was here!"',
      },
      {
        file: 'portal/answer-error.ts',
        line: "correlationId === undefined ? '' : ` Quote the correlation id ${correlationId} to Quix.`;",
        change: '\'\' → "Stryker was here!"',
      },
      {
        file: 'portal/answer-error.ts',
        line: "retryAfterMs === undefined ? '' : ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} s.`;",
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
        line: 'const cause = Object.assign(sanitizeError(error), code === undefined ? {} : { code });',
        change: 'code === undefined → false',
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
        file: 'portal/undici.ts',
        line: 'const [agent, proxyAgent, pool, request, connect, dispatcher] = await Promise.all([',
        change:
          "[ import('undici/lib/dispatcher/agent.js'), import('undici/l … atcher/dispatcher.js'), ] → []",
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
    title: 'Older than their test',
    text: 'A test for these was written after the run that these figures are from; the next run shows whether it kills them.',
    survivors: [
      {
        file: 'portal/answer-error.ts',
        line: 'if (status === 404 && topic !== undefined && !isHtml(text)) {',
        change: '!isHtml(text) → isHtml(text)',
      },
      {
        file: 'portal/answer-error.ts',
        line: 'if (status === 404 && topic !== undefined && !isHtml(text)) {',
        change:
          "{ return new QuixError( 'QUIX_TOPIC_NOT_FOUND', `There is no … e topic.${quote}` }, ); } → {}",
      },
      {
        file: 'portal/answer-error.ts',
        line: "'QUIX_TOPIC_NOT_FOUND',",
        change: '\'QUIX_TOPIC_NOT_FOUND\' → ""',
      },
      {
        file: 'portal/answer-error.ts',
        line: "`There is no topic ${topic} in workspace ${workspaceId ?? ''} (404).${says}`,",
        change: "`There is no topic ${topic} in workspace ${workspaceId ?? ''} (404).${says}` → ``",
      },
      {
        file: 'portal/answer-error.ts',
        line: '{ ...common, hint: `Check the name of the topic.${quote}` },',
        change: '{ ...common, hint: `Check the name of the topic.${quote}` } → {}',
      },
      {
        file: 'portal/answer-error.ts',
        line: '{ ...common, hint: `Check the name of the topic.${quote}` },',
        change: '`Check the name of the topic.${quote}` → ``',
      },
      {
        file: 'portal/answer-error.ts',
        line: "const says = message === undefined ? '' : ` It says: \"${message.replace(/\\.$/, '')}\".`;",
        change: '/\\.$/ → /\\./',
      },
      {
        file: 'portal/answer-error.ts',
        line: "correlationId === undefined ? '' : ` Quote the correlation id ${correlationId} to Quix.`;",
        change: 'correlationId === undefined → false',
      },
      {
        file: 'portal/answer-error.ts',
        line: 'if (status >= 300 && status < 400) {',
        change: 'status >= 300 → status > 300',
      },
      {
        file: 'portal/answer-error.ts',
        line: 'if (status >= 300 && status < 400) {',
        change: 'status >= 300 → true',
      },
      {
        file: 'portal/answer-error.ts',
        line: "hint: 'Set the Portal URL to where the API really is.',",
        change: '\'Set the Portal URL to where the API really is.\' → ""',
      },
      {
        file: 'portal/answer-error.ts',
        line: 'if (status === 404 && topic !== undefined && !isHtml(text)) {',
        change: 'status === 404 && topic !== undefined && !isHtml(text) → false',
      },
      {
        file: 'portal/answer-error.ts',
        line: 'if (status === 404 && topic !== undefined && !isHtml(text)) {',
        change: 'status === 404 → true',
      },
      {
        file: 'portal/answer-error.ts',
        line: 'if (status === 404 && topic !== undefined && !isHtml(text)) {',
        change: 'status === 404 → status !== 404',
      },
      {
        file: 'portal/answer-error.ts',
        line: 'const isCut = /^[[{]/.test(trimmed) && problem === NOT_JSON;',
        change: '/^[[{]/ → /[[{]/',
      },
      {
        file: 'portal/answer-error.ts',
        line: "else if (isCut) hint = 'It was cut off on its way; try again.';",
        change: 'isCut → true',
      },
      {
        file: 'portal/answers.ts',
        line: 'if (path !== undefined && issue.input === undefined) return { problem: `${where} is missing` };',
        change: 'path !== undefined → true',
      },
      {
        file: 'portal/answers.ts',
        line: 'const ID = /^(?!\\.{1,2}$)[\\w.-]{1,128}$/;',
        change: '/^(?!\\.{1,2}$)[\\w.-]{1,128}$/ → /(?!\\.{1,2}$)[\\w.-]{1,128}$/',
      },
      {
        file: 'portal/answers.ts',
        line: 'const ID = /^(?!\\.{1,2}$)[\\w.-]{1,128}$/;',
        change: '/^(?!\\.{1,2}$)[\\w.-]{1,128}$/ → /^(?!\\.{1,2}$)[\\w.-]{1,128}/',
      },
      {
        file: 'portal/answers.ts',
        line: 'const ID = /^(?!\\.{1,2}$)[\\w.-]{1,128}$/;',
        change: '/^(?!\\.{1,2}$)[\\w.-]{1,128}$/ → /^(?!\\.{1,2})[\\w.-]{1,128}$/',
      },
      {
        file: 'portal/answers.ts',
        line: 'const ID = /^(?!\\.{1,2}$)[\\w.-]{1,128}$/;',
        change: '/^(?!\\.{1,2}$)[\\w.-]{1,128}$/ → /^(?!\\.$)[\\w.-]{1,128}$/',
      },
      {
        file: 'portal/answers.ts',
        line: 'const KAFKA_TOPIC = /^[\\w.-]{1,249}$/;',
        change: '/^[\\w.-]{1,249}$/ → /[\\w.-]{1,249}$/',
      },
      {
        file: 'portal/answers.ts',
        line: 'const KAFKA_TOPIC = /^[\\w.-]{1,249}$/;',
        change: '/^[\\w.-]{1,249}$/ → /^[\\w.-]{1,249}/',
      },
      {
        file: 'portal/answers.ts',
        line: 'const KAFKA_TOPIC = /^[\\w.-]{1,249}$/;',
        change: '/^[\\w.-]{1,249}$/ → /^[\\w.-]$/',
      },
      {
        file: 'portal/answers.ts',
        line: 'const KAFKA_TOPIC = /^[\\w.-]{1,249}$/;',
        change: '/^[\\w.-]{1,249}$/ → /^[^\\w.-]{1,249}$/',
      },
      {
        file: 'portal/answers.ts',
        line: 'const KAFKA_TOPIC = /^[\\w.-]{1,249}$/;',
        change: '/^[\\w.-]{1,249}$/ → /^[\\W.-]{1,249}$/',
      },
      {
        file: 'portal/answers.ts',
        line: 'export const topicSchema = v.object({',
        change:
          '{ id: v.pipe(v.string(), v.regex(KAFKA_TOPIC)), name: v.pipe … nupPolicy: text, }), ), } → {}',
      },
      {
        file: 'portal/answers.ts',
        line: 'v.object({',
        change:
          '{ partitions: count, replicationFactor: count, retentionInMi … t, cleanupPolicy: text, } → {}',
      },
      {
        file: 'portal/dispatcher.ts',
        line: 'if (/^(?:https?|socks5?):$/.test(protocol)) return text;',
        change: '/^(?:https?|socks5?):$/ → /(?:https?|socks5?):$/',
      },
      {
        file: 'portal/dispatcher.ts',
        line: "{ hint: 'Use the form http://host:port, or unset it.' },",
        change: "{ hint: 'Use the form http://host:port, or unset it.' } → {}",
      },
      {
        file: 'portal/dispatcher.ts',
        line: "{ hint: 'Use the form http://host:port, or unset it.' },",
        change: '\'Use the form http://host:port, or unset it.\' → ""',
      },
      {
        file: 'portal/portal-url.ts',
        line: "return search === '' ? path : `${path}?${search}`;",
        change: '`${path}?${search}` → ``',
      },
      {
        file: 'portal/portal-url.ts',
        line: "if (!/^[a-z][a-z\\d+.-]*:\\/\\//i.test(trimmed)) fail('has no scheme', `Put https:// before it.`);",
        change: '/^[a-z][a-z\\d+.-]*:\\/\\//i → /[a-z][a-z\\d+.-]*:\\/\\//i',
      },
      {
        file: 'portal/portal-url.ts',
        line: "if (!/^[a-z][a-z\\d+.-]*:\\/\\//i.test(trimmed)) fail('has no scheme', `Put https:// before it.`);",
        change: '/^[a-z][a-z\\d+.-]*:\\/\\//i → /^[a-z][a-z\\D+.-]*:\\/\\//i',
      },
      {
        file: 'portal/portal-url.ts',
        line: "if (!/^[a-z][a-z\\d+.-]*:\\/\\//i.test(trimmed)) fail('has no scheme', `Put https:// before it.`);",
        change: '`Put https:// before it.` → ``',
      },
      {
        file: 'portal/portal-url.ts',
        line: "fail('holds a user name or password', 'Remove it: the token is the only credential.');",
        change: '\'Remove it: the token is the only credential.\' → ""',
      },
      {
        file: 'portal/portal-url.ts',
        line: "if (/[?#]/.test(trimmed)) fail('has a query or a fragment', 'Remove it.');",
        change: '\'Remove it.\' → ""',
      },
      {
        file: 'portal/portal-url.ts',
        line: "{ hint: 'Check the workspace id or topic name.' },",
        change: '\'Check the workspace id or topic name.\' → ""',
      },
      {
        file: 'portal/portal-url.ts',
        line: "return search === '' ? path : `${path}?${search}`;",
        change: "search === '' → true",
      },
      {
        file: 'portal/portal-url.ts',
        line: "export const DEFAULT_PORTAL_API = 'https://portal-api.cloud.quix.io';",
        change: '\'https://portal-api.cloud.quix.io\' → ""',
      },
      {
        file: 'portal/portal-url.ts',
        line: "export const PORTAL_VARIABLE = 'Quix__Portal__Api';",
        change: '\'Quix__Portal__Api\' → ""',
      },
      {
        file: 'portal/portal-url.ts',
        line: 'const PROBLEM_HINT = `Use the form ${DEFAULT_PORTAL_API}: scheme, host, and a base path if the Portal has one.`;',
        change:
          '`Use the form ${DEFAULT_PORTAL_API}: scheme, host, and a base path if the Portal has one.` → ``',
      },
      {
        file: 'portal/portal.ts',
        line: 'async getWorkspace(workspaceId: string, inquiry: Inquiry): Promise<WorkspaceAnswer> {',
        change:
          "{ return await this.#send(['workspaces', workspaceId], works … eId}`, workspaceId, }); } → {}",
      },
      {
        file: 'portal/portal.ts',
        line: "return await this.#send(['workspaces', workspaceId], workspaceSchema, inquiry, {",
        change: "['workspaces', workspaceId] → []",
      },
      {
        file: 'portal/portal.ts',
        line: "return await this.#send(['workspaces', workspaceId], workspaceSchema, inquiry, {",
        change: '\'workspaces\' → ""',
      },
      {
        file: 'portal/portal.ts',
        line: "return await this.#send(['workspaces', workspaceId], workspaceSchema, inquiry, {",
        change: '{ asked: `workspace ${workspaceId}`, workspaceId, } → {}',
      },
      {
        file: 'portal/portal.ts',
        line: 'asked: `workspace ${workspaceId}`,',
        change: '`workspace ${workspaceId}` → ``',
      },
      {
        file: 'portal/portal.ts',
        line: 'async listTopics(workspaceId: string, inquiry: Inquiry): Promise<TopicAnswer[]> {',
        change:
          "{ const topics = await this.#send([workspaceId, 'topics'], t … Error(topic, inquiry)); } → {}",
      },
      {
        file: 'portal/portal.ts',
        line: "const topics = await this.#send([workspaceId, 'topics'], topicsSchema, inquiry, {",
        change: "[workspaceId, 'topics'] → []",
      },
      {
        file: 'portal/portal.ts',
        line: "const topics = await this.#send([workspaceId, 'topics'], topicsSchema, inquiry, {",
        change: '\'topics\' → ""',
      },
      {
        file: 'portal/portal.ts',
        line: "const topics = await this.#send([workspaceId, 'topics'], topicsSchema, inquiry, {",
        change: '{ asked: `the topics of workspace ${workspaceId}`, workspaceId, } → {}',
      },
      {
        file: 'portal/portal.ts',
        line: 'asked: `the topics of workspace ${workspaceId}`,',
        change: '`the topics of workspace ${workspaceId}` → ``',
      },
      {
        file: 'portal/portal.ts',
        line: 'return topics',
        change:
          'topics .filter(({ id, name }) => !containsSecret(`${id} ${name}`, secretsOf(inquiry))) → topics',
      },
      {
        file: 'portal/portal.ts',
        line: '.filter(({ id, name }) => !containsSecret(`${id} ${name}`, secretsOf(inquiry)))',
        change:
          '({ id, name }) => !containsSecret(`${id} ${name}`, secretsOf(inquiry)) → () => undefined',
      },
      {
        file: 'portal/portal.ts',
        line: '.filter(({ id, name }) => !containsSecret(`${id} ${name}`, secretsOf(inquiry)))',
        change:
          '!containsSecret(`${id} ${name}`, secretsOf(inquiry)) → containsSecret(`${id} ${name}`, secretsOf(inquiry))',
      },
      {
        file: 'portal/portal.ts',
        line: '.filter(({ id, name }) => !containsSecret(`${id} ${name}`, secretsOf(inquiry)))',
        change: '`${id} ${name}` → ``',
      },
      {
        file: 'portal/portal.ts',
        line: '.map((topic) => withCleanError(topic, inquiry));',
        change: '(topic) => withCleanError(topic, inquiry) → () => undefined',
      },
      {
        file: 'portal/portal.ts',
        line: 'async getTopic(workspaceId: string, name: string, inquiry: Inquiry): Promise<TopicAnswer> {',
        change:
          "{ const topic = await this.#send([workspaceId, 'topics', nam … nError(topic, inquiry); } → {}",
      },
      {
        file: 'portal/portal.ts',
        line: "const topic = await this.#send([workspaceId, 'topics', name], topicSchema, inquiry, {",
        change: "[workspaceId, 'topics', name] → []",
      },
      {
        file: 'portal/portal.ts',
        line: "const topic = await this.#send([workspaceId, 'topics', name], topicSchema, inquiry, {",
        change: '\'topics\' → ""',
      },
      {
        file: 'portal/portal.ts',
        line: "const topic = await this.#send([workspaceId, 'topics', name], topicSchema, inquiry, {",
        change: '{ asked: `the topic ${name}`, workspaceId, topic: name, } → {}',
      },
      {
        file: 'portal/portal.ts',
        line: 'asked: `the topic ${name}`,',
        change: '`the topic ${name}` → ``',
      },
      {
        file: 'portal/portal.ts',
        line: '): Promise<TopicAnswer> {',
        change:
          '{ const about = { asked: `the creation of the topic ${topic. … rror(created, inquiry); } → {}',
      },
      {
        file: 'portal/portal.ts',
        line: 'const about = { asked: `the creation of the topic ${topic.name}`, workspaceId };',
        change: '{ asked: `the creation of the topic ${topic.name}`, workspaceId } → {}',
      },
      {
        file: 'portal/portal.ts',
        line: 'const about = { asked: `the creation of the topic ${topic.name}`, workspaceId };',
        change: '`the creation of the topic ${topic.name}` → ``',
      },
      {
        file: 'portal/portal.ts',
        line: 'const once = { ...inquiry, once: true };',
        change: '{ ...inquiry, once: true } → {}',
      },
      {
        file: 'portal/portal.ts',
        line: 'const once = { ...inquiry, once: true };',
        change: 'true → false',
      },
      {
        file: 'portal/portal.ts',
        line: "const created = await this.#send([workspaceId, 'topics'], topicSchema, once, about, {",
        change: "[workspaceId, 'topics'] → []",
      },
      {
        file: 'portal/portal.ts',
        line: "const created = await this.#send([workspaceId, 'topics'], topicSchema, once, about, {",
        change: '\'topics\' → ""',
      },
      {
        file: 'portal/portal.ts',
        line: "const created = await this.#send([workspaceId, 'topics'], topicSchema, once, about, {",
        change: '{ body: topic, } → {}',
      },
      {
        file: 'portal/portal.ts',
        line: 'async queryPermission(query: Record<string, string>, inquiry: Inquiry): Promise<boolean> {',
        change:
          "{ const path = ['auth', 'permissions', 'query']; return awai … mission' }, { query }); } → {}",
      },
      {
        file: 'portal/portal.ts',
        line: "const path = ['auth', 'permissions', 'query'];",
        change: "['auth', 'permissions', 'query'] → []",
      },
      {
        file: 'portal/portal.ts',
        line: "const path = ['auth', 'permissions', 'query'];",
        change: '\'auth\' → ""',
      },
      {
        file: 'portal/portal.ts',
        line: "const path = ['auth', 'permissions', 'query'];",
        change: '\'permissions\' → ""',
      },
      {
        file: 'portal/portal.ts',
        line: "const path = ['auth', 'permissions', 'query'];",
        change: '\'query\' → ""',
      },
      {
        file: 'portal/portal.ts',
        line: "return await this.#send(path, permissionSchema, inquiry, { asked: 'a permission' }, { query });",
        change: "{ asked: 'a permission' } → {}",
      },
      {
        file: 'portal/portal.ts',
        line: "return await this.#send(path, permissionSchema, inquiry, { asked: 'a permission' }, { query });",
        change: '\'a permission\' → ""',
      },
      {
        file: 'portal/portal.ts',
        line: "return await this.#send(path, permissionSchema, inquiry, { asked: 'a permission' }, { query });",
        change: '{ query } → {}',
      },
      {
        file: 'portal/portal.ts',
        line: "method: body ? 'POST' : 'GET',",
        change: '\'POST\' → ""',
      },
      {
        file: 'portal/portal.ts',
        line: 'function withCleanError(topic: TopicAnswer, inquiry: Inquiry): TopicAnswer {',
        change:
          '{ const { lastError } = topic; return { ...topic, lastError: …  secretsOf(inquiry)) }; } → {}',
      },
      {
        file: 'portal/portal.ts',
        line: 'return { ...topic, lastError: lastError && cleanText(lastError, secretsOf(inquiry)) };',
        change:
          '{ ...topic, lastError: lastError && cleanText(lastError, secretsOf(inquiry)) } → {}',
      },
      {
        file: 'portal/portal.ts',
        line: 'return { ...topic, lastError: lastError && cleanText(lastError, secretsOf(inquiry)) };',
        change: 'lastError && cleanText(lastError, secretsOf(inquiry)) → true',
      },
      {
        file: 'portal/portal.ts',
        line: 'return { ...topic, lastError: lastError && cleanText(lastError, secretsOf(inquiry)) };',
        change: 'lastError && cleanText(lastError, secretsOf(inquiry)) → false',
      },
      {
        file: 'portal/portal.ts',
        line: 'return { ...topic, lastError: lastError && cleanText(lastError, secretsOf(inquiry)) };',
        change:
          'lastError && cleanText(lastError, secretsOf(inquiry)) → lastError || cleanText(lastError, secretsOf(inquiry))',
      },
      {
        file: 'portal/portal.ts',
        line: "const workspaces = await this.#send(['workspaces'], workspacesSchema, inquiry, {",
        change: "{ asked: 'the list of workspaces', } → {}",
      },
      {
        file: 'portal/portal.ts',
        line: 'asked: `the broker settings of workspace ${workspaceId}`,',
        change: '`the broker settings of workspace ${workspaceId}` → ``',
      },
      {
        file: 'portal/portal.ts',
        line: 'return await retry(attempt, deadline, (error) => isConnectionLost(error.cause));',
        change: '(error) => isConnectionLost(error.cause) → () => undefined',
      },
      {
        file: 'portal/portal.ts',
        line: 'if (answer.status < 200 || answer.status >= 300) throw toAnswerError(answer, context);',
        change: 'answer.status >= 300 → answer.status > 300',
      },
      {
        file: 'portal/transport.ts',
        line: "...(body && { 'content-type': 'application/json' }),",
        change: "{ 'content-type': 'application/json' } → {}",
      },
      {
        file: 'portal/transport.ts',
        line: "...(body && { 'content-type': 'application/json' }),",
        change: '\'application/json\' → ""',
      },
      {
        file: 'portal/transport.ts',
        line: '...(body && { body: JSON.stringify(body) }),',
        change: '{ body: JSON.stringify(body) } → {}',
      },
      {
        file: 'portal/transport.ts',
        line: "...(body && { 'content-type': 'application/json' }),",
        change: "body && { 'content-type': 'application/json' } → true",
      },
      {
        file: 'portal/transport.ts',
        line: "...(body && { 'content-type': 'application/json' }),",
        change: "body && { 'content-type': 'application/json' } → false",
      },
      {
        file: 'portal/transport.ts',
        line: '...(body && { body: JSON.stringify(body) }),',
        change: 'body && { body: JSON.stringify(body) } → true',
      },
      {
        file: 'portal/transport.ts',
        line: '...(body && { body: JSON.stringify(body) }),',
        change: 'body && { body: JSON.stringify(body) } → false',
      },
      {
        file: 'portal/transport.ts',
        line: '...(body && { body: JSON.stringify(body) }),',
        change: 'body && { body: JSON.stringify(body) } → body || { body: JSON.stringify(body) }',
      },
      {
        file: 'portal/transport.ts',
        line: "if (status < 200 || status >= 300) return { status, headers, text: '' };",
        change: 'status >= 300 → status > 300',
      },
      {
        file: 'portal/transport.ts',
        line: "{ hint: 'Check the Portal URL.' },",
        change: "{ hint: 'Check the Portal URL.' } → {}",
      },
      {
        file: 'portal/transport.ts',
        line: "{ hint: 'Check the Portal URL.' },",
        change: '\'Check the Portal URL.\' → ""',
      },
      {
        file: 'portal/error-body.ts',
        line: 'id.search(TOKEN_SHAPES) < 0 &&',
        change: 'id.search(TOKEN_SHAPES) < 0 → id.search(TOKEN_SHAPES) <= 0',
      },
      {
        file: 'portal/error-body.ts',
        line: 'id.search(TOKEN_SHAPES) < 0 &&',
        change: 'id.search(TOKEN_SHAPES) < 0 → true',
      },
      {
        file: 'portal/error-body.ts',
        line: 'const TOKEN_SHAPES = /\\b(?:sdk|pat)-[\\w-]{6,}|\\beyJ[\\w-]{6,}(?:\\.[\\w-]*)*|\\bBearer\\s+\\S+/gi;',
        change:
          '/\\b(?:sdk|pat)-[\\w-]{6,}|\\beyJ[\\w-]{6,}(?:\\.[\\w-]*)*|\\bBearer\\s+\\S+/gi → /\\b(?:sdk|pat)-[\\w-]{6,}|\\beyJ[\\w-]{6,}(?:\\.[\\w-]*)*|\\bBearer\\s\\S+/gi',
      },
      {
        file: 'portal/transport-error.ts',
        line: "hint: HINTS[code ?? ''] ?? HINTS[cause.name] ?? 'Check the network between here and there.',",
        change: '\'Check the network between here and there.\' → ""',
      },
      {
        file: 'portal/transport-error.ts',
        line: '/^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|EPROTO)/;',
        change:
          '/^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE … _LENGTH_EXCEEDED|EPROTO)/ → /(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_ … _LENGTH_EXCEEDED|EPROTO)/',
      },
      {
        file: 'portal/transport-error.ts',
        line: "ECONNREFUSED: 'Check the Portal URL, and that nothing between blocks it.',",
        change: '\'Check the Portal URL, and that nothing between blocks it.\' → ""',
      },
    ],
  },
];
