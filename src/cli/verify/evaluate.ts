import * as v from 'valibot';
import { QuixError, type QuixWarning } from 'quix-streams-auth';
import { findName, MECHANISMS, parseBrokerSettings } from '../../credentials/index.ts';
import { describeIssue, type BrokerSettingsResponse } from '../../portal/index.ts';
import { CHECK_FUNCTIONS, NOT_JSON, type CheckInput } from './check-functions.ts';
import { CHECKS, type Check, type ExpectedResponse } from './checks.ts';
import { compareShapes } from './compare-shapes.ts';
import { expectedShape } from './expected-shape.ts';
import { differs, singleDifference, type Evaluation, type Finding } from './finding.ts';
import { isRedirect, mediaTypeOf, redirectTarget } from './headers.ts';
import { REQUESTS, type PlannedRequest, type RequestInputs } from './requests.ts';
import type { ParsedResponse } from './run-requests.ts';
import { readField, shapeOf, typeOf, withArticle } from './shape.ts';

export type CheckOutcome = 'as assumed' | 'differs' | 'new' | 'not checked';

/** Result of a check. docs/live-portal.md describes the values that it may contain. */
export interface CheckResult extends Pick<Check, 'id' | 'source' | 'confidence'> {
  readonly outcome: CheckOutcome;
  readonly detail: string;
  readonly findings: readonly Finding[];
}

/** Returns a finding for each field with a value that is not in its list. */
function checkValues(json: unknown, values: ExpectedResponse['values'] = {}): Finding[] {
  const prefix = Array.isArray(json) ? '[].' : '';
  return Object.entries(values).flatMap(([path, known]): Finding[] => {
    const found = [json].flat().map((entry: unknown) => readField(entry, ...path.split('.')));
    const isKnown = (value: unknown): boolean => typeof value !== 'string' || known.includes(value);
    if (found.every(isKnown)) return [];
    return [{ kind: 'new', text: `${prefix}${path} has a value that no source names` }];
  });
}

/** Reads the broker settings as the client does. Reports its error or its warnings. */
function checkBrokerSettings(
  settings: BrokerSettingsResponse,
  { names, token, observations }: CheckInput,
): Finding[] {
  const findings: Finding[] = [];
  const warn = ({ code, about }: QuixWarning): void => {
    const name = about === 'broker settings' ? 'a setting' : names.redact(about);
    findings.push({ kind: 'new', text: `the client ignores all or a part of ${name} (${code})` });
  };
  const { workspace } = observations.inputs;
  const workspaceId = 'id' in workspace ? workspace.id : '';
  try {
    const context = { workspaceId, token: token.reveal(), warn };
    const { sasl } = parseBrokerSettings(settings, context);
    if (sasl && !findName(MECHANISMS, sasl.mechanism)) {
      findings.push(differs('no adapter supports the value of sasl.mechanism'));
    }
  } catch (error) {
    if (!(error instanceof QuixError)) throw error;
    // The message is not printed, because it may contain the mechanism.
    const [, field = 'sasl.mechanism'] = /"([\w.]+)"/.exec(error.message) ?? [];
    findings.push(differs(`the client rejects ${names.redact(field)} (${error.code})`));
  }
  return findings;
}

/** Checks that the response is about the environment or the topic of the request. */
function checkId({ request }: ExpectedResponse, json: unknown, inputs: RequestInputs): Finding[] {
  if (request !== 'workspace' && request !== 'topic') return [];
  const requested = inputs[request];
  const id = readField(json, request === 'workspace' ? 'workspaceId' : 'id');
  return 'id' in requested && requested.id === id
    ? []
    : [differs(`the response contains another ${request} than the requested one`)];
}

/** Checks a body as the client does. */
function checkBody(response: ExpectedResponse, json: unknown, input: CheckInput): Finding[] {
  const { request, expectedValue, values, mayBeText } = response;
  if (expectedValue !== undefined) {
    const found = typeof json === 'boolean' ? `${json}` : withArticle(typeOf(json));
    return json === expectedValue
      ? []
      : [differs(`the body is ${found}, expected ${expectedValue}`)];
  }
  const shape = expectedShape(request);
  if (!shape || (mayBeText && typeof json === 'string')) return [];
  const findings = [
    ...compareShapes(shapeOf(json, input.names), shape),
    ...checkValues(json, values),
  ];
  const { schema }: PlannedRequest = REQUESTS[request];
  if (!schema || findings.some(({ kind }) => kind === 'differs')) return findings;
  const { success, issues } = v.safeParse(schema(input.redactor), json);
  if (!success) {
    const path = v.getDotPath(issues[0])?.replace(/^\d+/, '[]');
    return [...findings, differs(describeIssue(issues[0], path ?? 'the body'))];
  }
  if (request === 'brokerSettings') {
    findings.push(...checkBrokerSettings(json as BrokerSettingsResponse, input));
  }
  return [...findings, ...checkId(response, json, input.observations.inputs)];
}

function describeBody({ json, format }: ParsedResponse): string {
  if (format !== 'JSON') return format;
  if (Array.isArray(json)) return json.length === 1 ? '1 entry' : `${json.length} entries`;
  if (typeof json === 'boolean') return `${json}`;
  if (typeof json !== 'object' || json === null) return `JSON ${typeOf(json)}`;
  const { length } = Object.keys(json);
  return length === 1 ? '1 field' : `${length} fields`;
}

/** Checks the status, the content type and the body of a response. */
function evaluateResponse(
  expected: ExpectedResponse,
  response: ParsedResponse,
  input: CheckInput,
): Evaluation {
  const { status, headers, format, json } = response;
  const detail = `status ${status}, ${describeBody(response)}`;
  const withFindings = (...findings: readonly Finding[]): Evaluation => ({ detail, findings });
  if (!expected.status.includes(status)) {
    const redirect = isRedirect(status)
      ? `, redirect to ${redirectTarget(headers, input.portal)}`
      : '';
    return withFindings(
      differs(`status ${status}, expected ${expected.status.join(' or ')}${redirect}`),
    );
  }
  const isStatusOnly = expected.expectedValue === undefined && !expectedShape(expected.request);
  // A web page may come from a proxy, so the client does not read its status as an answer of the Portal.
  if (isStatusOnly && format !== 'HTML') return withFindings();
  if (format === 'text' && expected.mayBeText) return withFindings();
  if (format !== 'JSON') return withFindings(differs(NOT_JSON[format]));
  const findings = checkBody(expected, json, input);
  const mediaType = mediaTypeOf(headers);
  if (mediaType !== 'application/json' && !expected.mayBeText) {
    findings.unshift(differs(`the content type is ${mediaType}, expected application/json`));
  }
  const isEmpty = Array.isArray(json) && json.length === 0 && findings.length === 0;
  return isEmpty ? { skipped: 'the array is empty' } : withFindings(...findings);
}

function evaluateCheck(check: Check, input: CheckInput): Evaluation {
  if (!check.expected) return CHECK_FUNCTIONS[check.id](input);
  const result = input.observations.results[check.expected.request];
  if ('skipped' in result) return result;
  if ('response' in result) return evaluateResponse(check.expected, result.response, input);
  return singleDifference(result.failure);
}

function outcomeOf(findings: readonly Finding[]): CheckOutcome {
  const kinds = findings.map(({ kind }) => kind);
  if (kinds.includes('differs')) return 'differs';
  return kinds.includes('new') ? 'new' : 'as assumed';
}

/** Evaluates all checks. */
export function evaluate(input: CheckInput): CheckResult[] {
  return CHECKS.map((check): CheckResult => {
    const { id, source, confidence, isInformational } = check;
    const found = evaluateCheck(check, input);
    const common = { id, source, confidence };
    if ('skipped' in found) {
      return { ...common, outcome: 'not checked', detail: found.skipped, findings: [] };
    }
    const findings = found.findings.map(({ kind, text }): Finding => {
      return { kind: isInformational && kind === 'differs' ? 'new' : kind, text };
    });
    return { ...common, outcome: outcomeOf(findings), detail: found.detail, findings };
  });
}
