import * as v from 'valibot';
import { QuixError, QuixStreamingClient } from 'quix-streams-auth';
import { startPortalEmulator } from 'quix-streams-auth/testing';
import { findName, MECHANISMS } from '../../credentials/index.ts';
import { describeIssue } from '../../portal/index.ts';
import type { Check, CheckOutcome, CheckResult, Evaluation, ResponseRule } from './check-types.ts';
import { CHECKS } from './checks.ts';
import { compareShapes, differs, type Finding } from './compare-shapes.ts';
import { expectedShape } from './expected-shape.ts';
import { isRedirect, mediaTypeOf, redirectTarget } from './headers.ts';
import type { NameFilter } from './name-filter.ts';
import { REQUESTS, type PlannedRequest, type RequestInputs } from './requests.ts';
import { NOT_JSON, RULES, type RuleInput } from './rules.ts';
import type { ParsedResponse } from './run-requests.ts';
import { readField, shapeOf, typeOf, withArticle } from './shape.ts';

/** Returns a finding for each field with a value that is not in the list of its rule. */
function checkValues(json: unknown, values: ResponseRule['values'] = {}): Finding[] {
  const prefix = Array.isArray(json) ? '[].' : '';
  return Object.entries(values).flatMap(([path, known]): Finding[] => {
    const found = [json].flat().map((entry: unknown) => readField(entry, ...path.split('.')));
    const isKnown = (value: unknown): boolean => typeof value !== 'string' || known.includes(value);
    if (found.every(isKnown)) return [];
    return [{ kind: 'new', text: `${prefix}${path} has a value that no source names` }];
  });
}

/**
 * Lets a client read the broker settings, from an emulator that returns them. Reports the error or
 * the warnings of the client.
 */
async function checkBrokerSettings(body: unknown, names: NameFilter): Promise<Finding[]> {
  const findings: Finding[] = [];
  await using portal = await startPortalEmulator();
  portal.faults.push({ match: '/broker/librdkafka', body, times: Infinity });
  const { token1: token, url: portalApi, workspaceId } = portal;
  await using quix = new QuixStreamingClient({ token, portalApi, workspaceId, env: {} });
  quix.on('warning', ({ code, about }) => {
    if (code !== 'BROKER_SETTING_IGNORED') return;
    const name = about === 'broker settings' ? 'a setting' : names.redact(about);
    findings.push({ kind: 'new', text: `the client ignores all or a part of ${name} (${code})` });
  });
  try {
    const { sasl } = await quix.getBrokerCredentials();
    if (sasl && !findName(MECHANISMS, sasl.mechanism)) {
      findings.push(differs('no adapter supports the value of sasl.mechanism'));
    }
  } catch (error) {
    if (!(error instanceof QuixError)) throw error;
    // The message is not printed, because it may contain the mechanism.
    const [, field = 'sasl.mechanism'] = /"([\w.]+)"/.exec(error.message) ?? [];
    findings.push(differs(`the client rejects ${field} (${error.code})`));
  }
  return findings;
}

/** Checks that the response is about the environment or the topic of the request. */
function checkId({ request }: ResponseRule, json: unknown, inputs: RequestInputs): Finding[] {
  const { workspace, topic } = inputs;
  const isSame =
    request === 'workspace'
      ? 'id' in workspace && readField(json, 'workspaceId') === workspace.id
      : request !== 'topic' || readField(json, 'id') === topic?.id;
  return isSame ? [] : [differs(`the response is about another ${request}`)];
}

/** Checks a body as the client does. */
async function checkBody(rule: ResponseRule, json: unknown, input: RuleInput): Promise<Finding[]> {
  const { request, expectedValue, values, mayBeText } = rule;
  if (expectedValue !== undefined) {
    const found = typeof json === 'boolean' ? `${json}` : withArticle(typeOf(json));
    return json === expectedValue
      ? []
      : [differs(`the body is ${found}, expected ${expectedValue}`)];
  }
  const expected = expectedShape(request);
  if (!expected || (mayBeText && typeof json === 'string')) return [];
  const findings = [
    ...compareShapes(shapeOf(json, input.names), expected),
    ...checkValues(json, values),
  ];
  const { schema }: PlannedRequest = REQUESTS[request];
  if (!schema || findings.some(({ kind }) => kind === 'differs')) return findings;
  const { success, issues } = v.safeParse(schema(input.redactor), json);
  if (!success) return [...findings, differs(describeIssue(issues[0]).replace(/^its field /, ''))];
  const settings = request === 'brokerSettings' && checkBrokerSettings(json, input.names);
  return [
    ...findings,
    ...((await settings) || []),
    ...checkId(rule, json, input.observations.inputs),
  ];
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
async function evaluateResponse(
  rule: ResponseRule,
  response: ParsedResponse,
  input: RuleInput,
): Promise<Evaluation> {
  const { status, headers, format, json } = response;
  const detail = `status ${status}, ${describeBody(response)}`;
  const differ = (text: string): Evaluation => ({ detail, findings: [differs(text)] });
  if (!rule.status.includes(status)) {
    const text = `status ${status}, expected ${rule.status.join(' or ')}`;
    if (!isRedirect(response)) return differ(text);
    return differ(`${text}, redirect to ${redirectTarget(response, input.portal)}`);
  }
  const isStatusOnly = rule.expectedValue === undefined && !expectedShape(rule.request);
  if (isStatusOnly || (format === 'text' && rule.mayBeText)) return { detail, findings: [] };
  if (format !== 'JSON') return differ(NOT_JSON[format]);
  const findings = await checkBody(rule, json, input);
  const mediaType = mediaTypeOf(headers);
  if (mediaType !== 'application/json' && !rule.mayBeText) {
    findings.unshift(differs(`the content type is ${mediaType}, expected application/json`));
  }
  const isEmpty = Array.isArray(json) && json.length === 0 && findings.length === 0;
  return isEmpty ? { skipped: 'the array is empty' } : { detail, findings };
}

async function evaluateCheck(check: Check, input: RuleInput): Promise<Evaluation> {
  if (!check.rule) return RULES[check.id](input);
  const result = input.observations.results[check.rule.request];
  if ('skipped' in result) return result;
  if ('response' in result) return await evaluateResponse(check.rule, result.response, input);
  return { detail: result.failure, findings: [differs(result.failure)] };
}

function outcomeOf(findings: readonly Finding[]): CheckOutcome {
  const kinds = findings.map(({ kind }) => kind);
  if (kinds.includes('differs')) return 'differs';
  return kinds.includes('new') ? 'new' : 'as assumed';
}

/** Evaluates all checks. */
export async function evaluate(input: Omit<RuleInput, 'responses'>): Promise<CheckResult[]> {
  const responses = Object.values(input.observations.results).flatMap((result) =>
    'response' in result ? [result.response] : [],
  );
  const results = CHECKS.map(async (check): Promise<CheckResult> => {
    const { id, source, confidence, isInformational } = check;
    const found = await evaluateCheck(check, { ...input, responses });
    const common = { id, source, confidence };
    if ('skipped' in found) {
      return { ...common, outcome: 'not checked', detail: found.skipped, findings: [] };
    }
    const findings = found.findings.map(({ kind, text }): Finding => {
      return { kind: isInformational && kind === 'differs' ? 'new' : kind, text };
    });
    return { ...common, outcome: outcomeOf(findings), detail: found.detail, findings };
  });
  return await Promise.all(results);
}
