import { isDeepStrictEqual } from 'node:util';
import { getWorkspaces, parseRetryAfter } from '../../portal/index.ts';
import type { Evaluation, NamedRule } from './check.ts';
import { endpoints } from './expected.ts';
import { encodingOf, isCommonHeader, isRedirect, issuerName, redirectTarget } from './headers.ts';
import type { NameFilter } from './names.ts';
import { compareWithOpenApi } from './openapi.ts';
import type { RequestName } from './requests.ts';
import { usableEntries, type Answer, type Observations } from './run-requests.ts';
import { listFields, shapeOf, type Finding } from './shape.ts';

const TLS_VERSIONS = ['TLSv1.2', 'TLSv1.3'];

const differs = (text: string): Finding => ({ kind: 'differs', text });

/** Input of a rule. */
interface Subject {
  readonly observations: Observations;
  readonly answers: readonly Answer[];
  readonly portal: URL;
  readonly names: NameFilter;
}

/** Calls `compare` with two answers, or returns why one of them is missing. */
function compareAnswers(
  { observations: { results } }: Subject,
  first: RequestName,
  second: RequestName,
  compare: (first: Answer, second: Answer) => Evaluation,
): Evaluation {
  const [one, other] = [results.get(first), results.get(second)];
  if (other && 'skipped' in other) return other;
  if (one && 'skipped' in one) return one;
  if (!one || !other || !('answer' in one) || !('answer' in other)) {
    return { detail: 'no answer', findings: [differs('no answer')] };
  }
  if (one.answer.status !== 200) {
    return { skipped: `the answer to the first request has status ${one.answer.status}` };
  }
  if (other.answer.status === 200) return compare(one.answer, other.answer);
  const text = `status ${other.answer.status} in place of 200`;
  return { detail: text, findings: [differs(text)] };
}

function compareFields(one: Answer, other: Answer, names: NameFilter): Evaluation {
  const [expected, found] = [one, other].map(({ json }) => {
    const shape = shapeOf(json, (name) => names.show(name));
    return new Map(listFields(shape));
  });
  const paths = new Set([...(expected?.keys() ?? []), ...(found?.keys() ?? [])]);
  const findings = [...paths].flatMap((path): Finding[] => {
    const [before, after] = [expected?.get(path), found?.get(path)];
    if (before === after) return [];
    if (after === undefined) return [differs(`${path} is missing`)];
    if (before === undefined) return [differs(`${path} is new (${after})`)];
    return [differs(`${path}: ${after} in place of ${before}`)];
  });
  return { detail: `${findings.length === 0 ? 'the same' : 'different'} fields`, findings };
}

/** Counts the answers for which `describe` returns a description of a difference. */
function countAnswers(
  { answers }: Subject,
  describe: (answer: Answer) => string | undefined,
): Evaluation {
  const found = answers.map(describe).filter((description) => description !== undefined);
  const detail = `${found.length} of ${answers.length} answers`;
  const descriptions = [...new Set(found)].join(', ');
  return { detail, findings: found.length > 0 ? [differs(`${descriptions} in ${detail}`)] : [] };
}

const RULES: Readonly<Record<NamedRule, (subject: Subject) => Evaluation>> = {
  'same without X-Version': (subject) =>
    compareAnswers(subject, 'workspaces', 'noVersion', (one, other) =>
      compareFields(one, other, subject.names),
    ),
  OpenAPI({ observations, names }) {
    const result = observations.results.get('openApi');
    if (!result || !('answer' in result)) return { skipped: 'no answer' };
    const { status, json } = result.answer;
    if (status !== 200 || json === undefined) {
      return { skipped: `the document is not available (status ${status})` };
    }
    const findings = compareWithOpenApi(json, endpoints(), (name) => names.show(name));
    return { detail: `compared with ${endpoints().length + 1} endpoints`, findings };
  },
  redirects: (subject) =>
    countAnswers(subject, (answer) =>
      isRedirect(answer) ? `redirect to ${redirectTarget(answer, subject.portal)}` : undefined,
    ),
  compression: (subject) => countAnswers(subject, ({ headers }) => encodingOf(headers)),
  'Retry-After'({ answers }) {
    const found = answers.filter(({ headers }) => headers['retry-after'] !== undefined);
    if (found.length === 0) return { skipped: 'no answer has this header' };
    const isUsable = ({ headers }: Answer): boolean =>
      parseRetryAfter(headers['retry-after'], headers['date']) !== undefined;
    const detail = `${found.length} of ${answers.length} answers`;
    const statuses = [...new Set(found.map(({ status }) => status))].join(', ');
    const seen: Finding = { kind: 'new', text: `Retry-After is sent with status ${statuses}` };
    const wrong = differs('Retry-After is neither seconds nor an HTTP date');
    return { detail, findings: [found.every(isUsable) ? seen : wrong] };
  },
  headers({ answers, names }) {
    const all = [...new Set(answers.flatMap(({ headers }) => Object.keys(headers)))];
    const uncommon = all.filter((name) => !isCommonHeader(name)).map((name) => names.show(name));
    const findings = [...new Set(uncommon)].map((name): Finding => {
      return { kind: 'new', text: `the header ${name} is new` };
    });
    return { detail: `${all.length} names`, findings };
  },
  'HTTP version'({ observations: { connection } }) {
    const alpn = connection?.tls?.alpn;
    if (alpn === undefined) return { detail: 'HTTP/1.1, not negotiated', findings: [] };
    const findings = alpn === 'http/1.1' ? [] : [differs('ALPN selected another protocol')];
    return { detail: 'HTTP/1.1, negotiated by ALPN', findings };
  },
  TLS({ observations: { connection }, portal }) {
    if (portal.protocol === 'http:') return { skipped: 'the Portal URL uses http' };
    if (!connection?.tls) return { skipped: 'the connection was not observed' };
    const { version, issuer } = connection.tls;
    const isExpected = TLS_VERSIONS.includes(version);
    const findings = isExpected ? [] : [differs('the version is neither TLS 1.2 nor 1.3')];
    const shown = isExpected ? version : 'another version';
    return { detail: `${shown}, certificate of ${issuerName(issuer)}`, findings };
  },
  'same workspace': (subject) =>
    compareAnswers(subject, 'workspaces', 'secondWorkspaces', (...answers) => {
      const [one, other] = answers.map((answer) =>
        usableEntries(getWorkspaces(), { answer }).map(({ workspaceId }) => workspaceId),
      );
      if (one?.length === 0 && other?.length === 0) return { skipped: 'no environment was found' };
      const isSame = isDeepStrictEqual(one?.sort(), other?.sort());
      const detail = `${isSame ? 'the same' : 'different'} environments`;
      return {
        detail,
        findings: isSame ? [] : [differs('the tokens lead to different environments')],
      };
    }),
  'same broker settings': (subject) =>
    compareAnswers(subject, 'brokerSettings', 'secondBrokerSettings', (one, other) => {
      const isEqual = isDeepStrictEqual(one.json, other.json);
      const text = 'the broker settings depend on the token';
      return {
        detail: isEqual ? 'equal' : 'not equal',
        findings: isEqual ? [] : [{ kind: 'new', text }],
      };
    }),
};

/** Evaluates a rule about several answers or about the connection. */
export function evaluateNamedRule(
  rule: NamedRule,
  observations: Observations,
  portal: URL,
  names: NameFilter,
): Evaluation {
  const answers = [...observations.results.values()].flatMap((result) =>
    'answer' in result ? [result.answer] : [],
  );
  return RULES[rule]({ observations, answers, portal, names });
}
