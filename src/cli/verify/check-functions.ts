import { isDeepStrictEqual } from 'node:util';
import { parseBrokerList } from '../../credentials/index.ts';
import { getTopics, getWorkspaces, parseRetryAfter } from '../../portal/index.ts';
import type { Redactor, Token } from '../../token/index.ts';
import type { Evaluation } from './check-types.ts';
import { differs, type Finding } from './compare-shapes.ts';
import { COMMON_HEADERS, encodingOf, isRedirect, issuerName, redirectTarget } from './headers.ts';
import type { NameFilter } from './name-filter.ts';
import { evaluateOpenApi } from './openapi.ts';
import { REQUEST_NAMES, REQUESTS, type PlannedRequest, type RequestName } from './requests.ts';
import {
  usableEntries,
  type Observations,
  type ParsedResponse,
  type RequestResult,
} from './run-requests.ts';
import { listFields, readField, shapeOf } from './shape.ts';

export interface CheckInput {
  readonly observations: Observations;
  readonly responses: readonly ParsedResponse[];
  readonly portal: URL;
  readonly token: Token;
  readonly redactor: Redactor;
  readonly names: NameFilter;
}

/** Findings about bodies that are not JSON. */
export const NOT_JSON: Readonly<Record<Exclude<ParsedResponse['format'], 'JSON'>, string>> = {
  HTML: 'the body is HTML, expected JSON',
  text: 'the body is text, expected JSON',
  empty: 'the body is empty, expected JSON',
  undecodable: 'the body cannot be decoded',
};

function problemOf({ status, format }: ParsedResponse): string | undefined {
  if (status !== 200) return `status ${status}, expected 200`;
  return format === 'JSON' ? undefined : NOT_JSON[format];
}

/**
 * Compares JSON responses with status 200. A problem of the last response is a difference. After a
 * problem of another response, there is nothing to compare.
 */
function compareResponses(
  { observations: { results } }: CheckInput,
  requests: readonly RequestName[],
  compare: (...bodies: readonly unknown[]) => Evaluation,
): Evaluation {
  const bodies: unknown[] = [];
  for (const name of requests.toReversed()) {
    const result = results[name];
    if ('skipped' in result) return result;
    const problem = 'failure' in result ? result.failure : problemOf(result.response);
    if (problem === undefined) bodies.unshift('response' in result && result.response.json);
    else if (name === requests.at(-1)) return { detail: problem, findings: [differs(problem)] };
    else return { skipped: `${REQUESTS[name].title}: ${problem}` };
  }
  return compare(...bodies);
}

function compareResponseFields(one: unknown, other: unknown, names: NameFilter): Evaluation {
  const expected = new Map(listFields(shapeOf(one, names)));
  const found = new Map(listFields(shapeOf(other, names)));
  const findings = [...new Set([...expected.keys(), ...found.keys()])].flatMap((path) => {
    const [before, after] = [expected.get(path), found.get(path)];
    if (before === after) return [];
    if (after === undefined) return [differs(`${path} is missing`)];
    if (before === undefined) return [differs(`${path} is new (${after})`)];
    return [differs(`${path}: ${after}, expected ${before}`)];
  });
  return { detail: `${findings.length === 0 ? 'the same' : 'different'} fields`, findings };
}

/** Counts the responses to the client's requests for which `describe` returns a difference. */
function countResponses(
  { observations: { results } }: CheckInput,
  describe: (response: ParsedResponse) => string | undefined,
): Evaluation {
  const responses = REQUEST_NAMES.flatMap((name) => {
    const [request, result]: [PlannedRequest, RequestResult] = [REQUESTS[name], results[name]];
    return request.schema && 'response' in result ? [result.response] : [];
  });
  const found = responses.map(describe).filter((description) => description !== undefined);
  const detail = `${found.length} of ${responses.length} responses`;
  const descriptions = [...new Set(found)].join(', ');
  return { detail, findings: found.length > 0 ? [differs(`${descriptions} in ${detail}`)] : [] };
}

/** Makes broker settings comparable. The order of the brokers does not matter. */
function normalizeSettings(json: unknown): unknown {
  const brokers = readField(json, 'bootstrap.servers');
  if (typeof json !== 'object' || typeof brokers !== 'string') return json;
  return { ...json, 'bootstrap.servers': parseBrokerList(brokers)?.sort() ?? brokers };
}

/** Code of the checks without an `ExpectedResponse`, by the id of the check. */
export const CHECK_FUNCTIONS = {
  'one-environment'({ token, observations: { results } }) {
    if (token.kind !== 'streaming') return { skipped: 'the token is not a streaming token' };
    const list = 'response' in results.workspaces && results.workspaces.response.json;
    if (!Array.isArray(list)) return { skipped: 'the environments are unknown' };
    const detail = list.length === 1 ? '1 environment' : `${list.length} environments`;
    return { detail, findings: list.length === 1 ? [] : [differs(`${detail}, expected 1`)] };
  },
  'topic-id'({ observations: { results, inputs }, redactor }) {
    if ('unknown' in inputs.workspace) return { skipped: inputs.workspace.unknown };
    const { id } = inputs.workspace;
    const topics = usableEntries(getTopics(id), results.topics, redactor);
    if (topics.length === 0) return { skipped: 'no topic was found' };
    const others = topics.filter((topic) => !topic.external && topic.id !== `${id}-${topic.name}`);
    const detail = `${topics.length - others.length} of ${topics.length} topics have the expected id`;
    return { detail, findings: others.length === 0 ? [] : [differs(detail)] };
  },
  'token-shape'({ token }) {
    const { kind, expiresAt } = token;
    const problems = {
      streaming: /^sdk-[0-9a-f]{32}$/.test(token.reveal())
        ? undefined
        : 'the text after sdk- is not 32 hexadecimal digits',
      jwt: expiresAt ? undefined : 'the JWT has no expiry',
      opaque: 'the token does not begin with sdk-, and is not a JWT',
    };
    const problem = problems[kind];
    return { detail: kind, findings: problem === undefined ? [] : [differs(problem)] };
  },
  'x-version': (input) =>
    compareResponses(input, ['workspaces', 'noVersion'], (one, other) =>
      compareResponseFields(one, other, input.names),
    ),
  openapi: ({ observations, names }) => evaluateOpenApi(observations, names),
  redirects: (input) =>
    countResponses(input, (response) =>
      isRedirect(response) ? `redirect to ${redirectTarget(response, input.portal)}` : undefined,
    ),
  compression: (input) => countResponses(input, ({ headers }) => encodingOf(headers)),
  'retry-after'({ responses }) {
    const found = responses.filter(({ headers }) => headers['retry-after'] !== undefined);
    if (found.length === 0) return { skipped: 'no response has this header' };
    const isUsable = ({ headers }: ParsedResponse): boolean =>
      parseRetryAfter(headers['retry-after'], headers['date']) !== undefined;
    const detail = `${found.length} of ${responses.length} responses`;
    const statuses = [...new Set(found.map(({ status }) => status))].join(', ');
    const seen: Finding = { kind: 'new', text: `Retry-After is sent with status ${statuses}` };
    const wrong = differs('Retry-After is neither seconds nor an HTTP date');
    return { detail, findings: [found.every(isUsable) ? seen : wrong] };
  },
  headers({ responses, names }) {
    const all = [...new Set(responses.flatMap(({ headers }) => Object.keys(headers)))];
    const uncommon = all
      .filter((name) => !COMMON_HEADERS.has(name))
      .map((name) => names.redact(name));
    const findings = [...new Set(uncommon)].map((name): Finding => {
      return { kind: 'new', text: `the header ${name} is new` };
    });
    return { detail: `${all.length} names`, findings };
  },
  'http-version': ({ observations: { connection } }) =>
    connection
      ? { detail: 'HTTP/1.1', findings: [] }
      : { skipped: 'the connection was not observed' },
  tls({ observations: { connection }, portal }) {
    if (portal.protocol === 'http:') return { skipped: 'the Portal URL uses http' };
    if (!connection?.tls) return { skipped: 'the connection was not observed' };
    const { version, issuer } = connection.tls;
    return { detail: `${version}, certificate of ${issuerName(issuer)}`, findings: [] };
  },
  'token-2-workspace': (input) =>
    compareResponses(input, ['secondWorkspaces'], () => {
      const { results, inputs } = input.observations;
      if ('unknown' in inputs.workspace) return { skipped: inputs.workspace.unknown };
      const { id } = inputs.workspace;
      const workspaces = usableEntries(getWorkspaces(), results.secondWorkspaces, input.redactor);
      const isListed = workspaces.some(({ workspaceId }) => workspaceId === id);
      const detail = isListed ? 'access to the same environment' : 'no access to the environment';
      return { detail, findings: isListed ? [] : [differs(`the second token has ${detail}`)] };
    }),
  'token-2-settings': (input) =>
    compareResponses(
      input,
      ['brokerSettings', 'repeatedSettings', 'secondSettings'],
      (...bodies) => {
        const [first, again, second] = bodies.map(normalizeSettings);
        if (!isDeepStrictEqual(first, again)) {
          return { skipped: 'the settings also change between requests with the same token' };
        }
        if (isDeepStrictEqual(first, second)) return { detail: 'equal', findings: [] };
        const text = 'the settings are not equal. quix-auth rotation prints the differences';
        return { detail: 'not equal', findings: [{ kind: 'new', text }] };
      },
    ),
} satisfies Record<string, (input: CheckInput) => Evaluation>;
