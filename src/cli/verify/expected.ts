import type * as v from 'valibot';
import { Redactor } from '../../token/index.ts';
import type { AnswerRule } from './check.ts';
import { CHECKS } from './checks.ts';
import { REQUESTS, type RequestName } from './requests.ts';
import { expectFields, expectSchema, namesIn, type ExpectedShape } from './shape.ts';

const ANY_IDS = { workspaceId: 'any', topic: 'any', hasSecondToken: true, unknownId: 'any' };

/** Returns the schema with which the library checks the answer to a request. */
export function schemaOf(name: RequestName): v.GenericSchema | undefined {
  const target = REQUESTS[name].target(ANY_IDS);
  return typeof target === 'string' || !('schema' in target)
    ? undefined
    : target.schema(new Redactor([]));
}

/** Returns the shape that a rule expects. */
export function expectedShape({
  request,
  fields,
  otherFields,
  mayBeText,
}: AnswerRule): ExpectedShape {
  const schema = fields ? undefined : schemaOf(request);
  if (schema) return expectSchema(schema, otherFields);
  const types = mayBeText ? (['object', 'text'] as const) : (['object'] as const);
  return { ...expectFields(fields ?? {}), types };
}

/** The checks of a single answer, with the shapes that they expect. */
const answerRules = (): [AnswerRule, ExpectedShape][] =>
  CHECKS.flatMap(({ rule }) => (typeof rule === 'string' ? [] : [[rule, expectedShape(rule)]]));

/** Returns all names of fields that the code or a public source contains. */
export const knownNames = (): string[] => answerRules().flatMap(([, shape]) => namesIn(shape));

/** The endpoints that the code calls, with the shapes of their answers. */
export const endpoints = (): [RequestName, ExpectedShape][] =>
  answerRules()
    .filter(([{ status, fields }]) => status.includes(200) && !fields)
    .map(([{ request }, shape]): [RequestName, ExpectedShape] => [request, shape])
    .filter(([name]) => name !== 'deniedPermission');
