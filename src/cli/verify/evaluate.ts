import * as v from 'valibot';
import {
  decodeCa,
  findName,
  MECHANISMS,
  parseBrokerList,
  PROTOCOLS,
} from '../../credentials/index.ts';
import { describeIssue } from '../../portal/index.ts';
import type {
  AnswerRule,
  Check,
  CheckOutcome,
  CheckResult,
  Evaluation,
  TextFormat,
} from './check.ts';
import { CHECKS } from './checks.ts';
import { evaluateNamedRule } from './named-rules.ts';
import { expectedShape, schemaOf } from './expected.ts';
import { isRedirect, mediaTypeOf, redirectTarget } from './headers.ts';
import type { NameFilter } from './names.ts';
import type { Answer, Observations } from './run-requests.ts';
import { compareShapes, readField, shapeOf, typeOf, type Finding } from './shape.ts';

const isOneOf =
  (...words: readonly string[]) =>
  (text: string): boolean =>
    words.includes(text);

/** Rules for texts. An unknown status is new, because the code accepts it with a warning. */
const FORMATS: Readonly<Record<TextFormat, { test: (text: string) => boolean; isNew?: true }>> = {
  'broker list': { test: (text) => parseBrokerList(text) !== undefined },
  protocol: { test: (text) => findName(PROTOCOLS, text) !== undefined },
  mechanism: { test: (text) => findName(MECHANISMS, text) !== undefined },
  certificate: { test: (text) => decodeCa(text) !== undefined },
  'workspace status': {
    test: isOneOf('Creating', 'Ready', 'Deleting', 'Error', 'Enabling', 'Disabling', 'Disabled'),
    isNew: true,
  },
  'topic status': {
    test: isOneOf('Creating', 'Ready', 'Updating', 'Deleting', 'Error'),
    isNew: true,
  },
};

function checkFormats(json: unknown, formats: AnswerRule['formats'] = {}): Finding[] {
  const isList = Array.isArray(json);
  return Object.entries(formats).flatMap(([name, format]): Finding[] => {
    const { test, isNew } = FORMATS[format];
    const texts = [json]
      .flat()
      .map((entry: unknown) => readField(entry, name))
      .filter((value) => typeof value === 'string')
      .filter((text) => text.trim() !== '');
    if (texts.every(test)) return [];
    const path = isList ? `[].${name}` : name;
    return isNew
      ? [{ kind: 'new', text: `${path} is a ${format} that no source names` }]
      : [{ kind: 'differs', text: `${path} is not a usable ${format}` }];
  });
}

/** Checks a body in the way of the library. */
function checkBody(rule: AnswerRule, { json }: Answer, names: NameFilter): Finding[] {
  const { request, value, formats } = rule;
  const shape = shapeOf(json, (name) => names.show(name));
  const findings = [...compareShapes(shape, expectedShape(rule)), ...checkFormats(json, formats)];
  if (typeof json === 'boolean' && json !== value) {
    findings.push({ kind: 'differs', text: `the body is ${json} in place of ${!json}` });
  }
  if (rule.fields || findings.some(({ kind }) => kind === 'differs')) return findings;
  const schema = schemaOf(request);
  const result = schema && v.safeParse(schema, json);
  if (result?.success === false) {
    findings.push({ kind: 'differs', text: describeIssue(result.issues[0]) });
  }
  return findings;
}

function describeBody({ json, format }: Answer): string {
  if (format !== 'JSON') return format;
  if (Array.isArray(json)) return `list of ${json.length}`;
  if (typeof json === 'boolean') return `${json}`;
  if (typeof json !== 'object' || json === null) return `JSON ${typeOf(json)}`;
  const { length } = Object.keys(json);
  return length === 1 ? '1 field' : `${length === 0 ? 'no' : length} fields`;
}

/** Checks the status, the content type and the body of an answer. */
function evaluateAnswer(
  rule: AnswerRule,
  answer: Answer,
  portal: URL,
  names: NameFilter,
): Evaluation {
  const { status, headers, format } = answer;
  const detail = `status ${status}, ${describeBody(answer)}`;
  const differs = (text: string): Finding => ({ kind: 'differs', text });
  const expected = rule.status.join(' or ');
  if (!rule.status.includes(status)) {
    const target = isRedirect(answer) ? `, redirect to ${redirectTarget(answer, portal)}` : '';
    return { detail, findings: [differs(`status ${status} in place of ${expected}${target}`)] };
  }
  if (format === 'text' && rule.mayBeText) return { detail, findings: [] };
  if (format !== 'JSON') {
    return { detail, findings: [differs(`the body is ${format} in place of JSON`)] };
  }
  const mediaType = mediaTypeOf(headers);
  const isJson = mediaType === 'application/json';
  const wrongType = differs(`the content type is ${mediaType} in place of application/json`);
  return { detail, findings: [...(isJson ? [] : [wrongType]), ...checkBody(rule, answer, names)] };
}

function evaluateCheck(
  { rule }: Check,
  observations: Observations,
  portal: URL,
  names: NameFilter,
): Evaluation {
  if (typeof rule === 'string') return evaluateNamedRule(rule, observations, portal, names);
  const result = observations.results.get(rule.request) ?? { skipped: 'it was not requested' };
  if ('skipped' in result) return result;
  if ('answer' in result) return evaluateAnswer(rule, result.answer, portal, names);
  return { detail: result.failure, findings: [{ kind: 'differs', text: result.failure }] };
}

function outcomeOf(findings: readonly Finding[]): CheckOutcome {
  const kinds = findings.map(({ kind }) => kind);
  if (kinds.includes('differs')) return 'differs';
  return kinds.includes('new') ? 'new' : 'as assumed';
}

/** Evaluates all checks. */
export function evaluate(
  observations: Observations,
  portal: URL,
  names: NameFilter,
): CheckResult[] {
  return CHECKS.map((check) => {
    const { id } = check;
    const found = evaluateCheck(check, observations, portal, names);
    if ('skipped' in found) {
      return { id, outcome: 'not checked', detail: found.skipped, findings: [] };
    }
    return { id, outcome: outcomeOf(found.findings), ...found };
  });
}
