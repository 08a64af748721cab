import { isDeepStrictEqual } from 'node:util';
import { parseBrokerList } from '../../credentials/index.ts';
import { getTopics, getWorkspaces, parseRetryAfter } from '../../portal/index.ts';
import type { Redactor, Token } from '../../token/index.ts';
import {
  differs,
  singleDifference,
  type Evaluation,
  type Finding,
  type Skipped,
} from './finding.ts';
import { COMMON_HEADERS, encodingOf, isRedirect, issuerName, redirectTarget } from './headers.ts';
import type { NameFilter } from './name-filter.ts';
import { evaluateOpenApi } from './openapi.ts';
import { REQUEST_NAMES, REQUESTS, type RequestName } from './requests.ts';
import {
  jsonOf,
  usableEntries,
  type Observations,
  type ParsedResponse,
  type RequestResult,
} from './run-requests.ts';
import { listFields, shapeOf } from './shape.ts';

export interface CheckInput {
  readonly observations: Observations;
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

/** Returns the reason why a request has no JSON response with status 200. */
function problemOf(result: Exclude<RequestResult, Skipped>): string | undefined {
  if ('failure' in result) return result.failure;
  const { status, format } = result.response;
  if (status !== 200) return `status ${status}, expected 200`;
  return format === 'JSON' ? undefined : NOT_JSON[format];
}

/**
 * Returns the evaluation of a check if one of its responses is not JSON with status 200. A problem
 * of the checked response is a difference. After a problem of another response, the check is skipped.
 */
function findProblem(
  { results }: Observations,
  checked: RequestName,
  others: readonly RequestName[] = [],
): Evaluation | undefined {
  for (const name of [checked, ...others]) {
    const result = results[name];
    if ('skipped' in result) return result;
    const problem = problemOf(result);
    if (problem === undefined) continue;
    if (name === checked) return singleDifference(problem);
    return { skipped: `${REQUESTS[name].title}: ${problem}` };
  }
  return undefined;
}

function compareResponseFields(usual: unknown, other: unknown, names: NameFilter): Evaluation {
  const usualFields = new Map(listFields(shapeOf(usual, names)));
  const otherFields = new Map(listFields(shapeOf(other, names)));
  const findings = [...new Set([...usualFields.keys(), ...otherFields.keys()])].flatMap((path) => {
    const [expected, found] = [usualFields.get(path), otherFields.get(path)];
    if (expected === found) return [];
    if (found === undefined) return [differs(`${path} is missing`)];
    if (expected === undefined) return [differs(`${path} is new (${found})`)];
    return [differs(`${path}: ${found}, expected ${expected}`)];
  });
  return { detail: `${findings.length === 0 ? 'the same' : 'different'} fields`, findings };
}

/** Returns the responses to the named requests, by default to all requests. */
const responsesTo = ({ results }: Observations, names = REQUEST_NAMES): ParsedResponse[] =>
  names.flatMap((name) => {
    const result = results[name];
    return 'response' in result ? [result.response] : [];
  });

/** Counts the responses to the client's requests for which `describe` returns a difference. */
function countResponses(
  { observations }: CheckInput,
  describe: (response: ParsedResponse) => string | undefined,
): Evaluation {
  const clientRequests = REQUEST_NAMES.filter((name) => 'schema' in REQUESTS[name]);
  const responses = responsesTo(observations, clientRequests);
  const found = responses.map(describe).filter((description) => description !== undefined);
  const detail = `${found.length} of ${responses.length} responses`;
  const descriptions = [...new Set(found)].join(', ');
  return { detail, findings: found.length > 0 ? [differs(`${descriptions} in ${detail}`)] : [] };
}

/** Returns broker settings that can be compared. The order of the brokers does not matter. */
function settingsOf(result: RequestResult): object {
  const entries = Object.entries(jsonOf(result) ?? {}) as [string, unknown][];
  // A setting is a single value. The comparison of deeply nested values would overflow the stack.
  const settings = Object.fromEntries(entries.filter(([, value]) => typeof value !== 'object'));
  const brokers = settings['bootstrap.servers'];
  if (typeof brokers !== 'string') return settings;
  return { ...settings, 'bootstrap.servers': parseBrokerList(brokers)?.sort() ?? brokers };
}

/** Code of the checks without an `ExpectedResponse`, by the id of the check. */
export const CHECK_FUNCTIONS = {
  'one-environment'({ token, observations: { results } }) {
    if (token.kind !== 'streaming') return { skipped: 'the token is not a streaming token' };
    const list = jsonOf(results.workspaces);
    if (!Array.isArray(list)) return { skipped: 'the environments are unknown' };
    const detail = list.length === 1 ? '1 environment' : `${list.length} environments`;
    return { detail, findings: list.length === 1 ? [] : [differs(`${detail}, expected 1`)] };
  },
  'topic-id'({ observations: { results, inputs }, redactor }) {
    if ('skipped' in inputs.workspace) return inputs.workspace;
    const { id } = inputs.workspace;
    const topics = usableEntries(getTopics(id), results.topics, redactor);
    if (topics.length === 0) return { skipped: 'no topic is known' };
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
  'x-version'({ observations, names }) {
    const { workspaces, noVersion } = observations.results;
    return (
      findProblem(observations, 'noVersion', ['workspaces']) ??
      compareResponseFields(jsonOf(workspaces), jsonOf(noVersion), names)
    );
  },
  openapi: ({ observations, names }) => evaluateOpenApi(observations, names),
  redirects: (input) =>
    countResponses(input, ({ status, headers }) =>
      isRedirect(status) ? `redirect to ${redirectTarget(headers, input.portal)}` : undefined,
    ),
  compression: (input) => countResponses(input, ({ headers }) => encodingOf(headers)),
  'retry-after'({ observations }) {
    const responses = responsesTo(observations);
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
  headers({ observations, names }) {
    const all = new Set(responsesTo(observations).flatMap(({ headers }) => Object.keys(headers)));
    const uncommon = [...all]
      .filter((name) => !COMMON_HEADERS.has(name))
      .map((name) => names.redact(name));
    const findings = [...new Set(uncommon)].map((name): Finding => {
      return { kind: 'new', text: `the header ${name} is new` };
    });
    return { detail: `${all.size} names`, findings };
  },
  'http-version'({ observations }) {
    const statuses = responsesTo(observations).map(({ status }) => status);
    // Upgrade Required, and HTTP Version Not Supported
    const refusal = statuses.find((status) => status === 426 || status === 505);
    if (refusal !== undefined) return singleDifference(`status ${refusal} refuses HTTP/1.1`);
    return observations.connection
      ? { detail: 'HTTP/1.1', findings: [] }
      : { skipped: 'the connection was not observed' };
  },
  tls({ observations: { connection }, portal }) {
    if (portal.protocol === 'http:') return { skipped: 'the Portal URL uses http' };
    if (!connection?.tls) return { skipped: 'the connection was not observed' };
    const { version, issuer } = connection.tls;
    return { detail: `${version}, certificate of ${issuerName(issuer)}`, findings: [] };
  },
  'token-2-workspace'({ observations, redactor }) {
    const problem = findProblem(observations, 'secondWorkspaces');
    if (problem) return problem;
    const { results, inputs } = observations;
    if ('skipped' in inputs.workspace) return inputs.workspace;
    const { id } = inputs.workspace;
    const workspaces = usableEntries(getWorkspaces(), results.secondWorkspaces, redactor);
    const isListed = workspaces.some(({ workspaceId }) => workspaceId === id);
    const detail = isListed ? 'access to the same environment' : 'no access to the environment';
    return { detail, findings: isListed ? [] : [differs(`the second token has ${detail}`)] };
  },
  'token-2-settings'({ observations }) {
    const others = ['brokerSettings', 'repeatedSettings'] as const;
    const problem = findProblem(observations, 'secondSettings', others);
    if (problem) return problem;
    const { brokerSettings, repeatedSettings, secondSettings } = observations.results;
    const settings = settingsOf(brokerSettings);
    if (!isDeepStrictEqual(settings, settingsOf(repeatedSettings))) {
      return { skipped: 'the settings also change between requests with the same token' };
    }
    if (isDeepStrictEqual(settings, settingsOf(secondSettings))) {
      return { detail: 'equal', findings: [] };
    }
    const text = 'the settings are not equal. quix-auth rotation prints the differences';
    return { detail: 'not equal', findings: [{ kind: 'new', text }] };
  },
} satisfies Record<string, (input: CheckInput) => Evaluation>;
