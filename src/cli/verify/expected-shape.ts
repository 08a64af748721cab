import { Redactor } from '../../token/index.ts';
import type { FieldTypes } from './fields.ts';
import { REQUEST_NAMES, REQUESTS, type PlannedRequest, type RequestName } from './requests.ts';
import type { JsonType } from './shape.ts';

/** Fields and types that the code or a public source names. */
export interface ExpectedShape {
  readonly types: readonly JsonType[];
  readonly isRequired: boolean;
  readonly fields: ReadonlyMap<string, ExpectedShape>;
  readonly entries?: ExpectedShape | undefined;
}

/** Returns the expected shape of an object with these fields. */
function expectFields(fieldTypes: FieldTypes): ExpectedShape {
  const fields = Object.entries(fieldTypes).map(([name, type]): [string, ExpectedShape] => {
    if (typeof type !== 'string') return [name, expectFields(type)];
    return [name, { types: [type, 'null'], isRequired: false, fields: new Map() }];
  });
  return { types: ['object', 'null'], isRequired: false, fields: new Map(fields) };
}

/** The parts of a valibot schema that describe names and types. */
interface SchemaPart {
  readonly type: string;
  readonly pipe?: readonly SchemaPart[];
  readonly wrapped?: SchemaPart;
  readonly entries?: Readonly<Record<string, SchemaPart>>;
  readonly item?: SchemaPart;
}

const TYPES: Readonly<Record<string, JsonType>> = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  object: 'object',
  loose_object: 'object',
};

/** Returns the shape that a schema expects, and adds the fields of other sources. */
function expectSchema(schema: SchemaPart, otherFields: FieldTypes = {}): ExpectedShape {
  const { wrapped, item, pipe, type } = schema;
  if (wrapped) {
    const { types, ...inner } = expectSchema(wrapped, otherFields);
    return { ...inner, types: [...new Set([...types, 'null' as const])], isRequired: false };
  }
  if (item) {
    const entries = expectSchema(item, otherFields);
    return { types: ['array'], isRequired: true, fields: new Map(), entries };
  }
  // A schema for objects is a part of a pipe, because `portal/` removes prototypes first.
  const object = pipe?.find(({ entries }) => entries);
  if (object) return expectSchema(object, otherFields);
  const jsonType = TYPES[type];
  if (jsonType === undefined) throw new Error(`The schema type ${type} is not supported.`);
  const own = Object.entries(schema.entries ?? {}).map(
    ([name, field]) => [name, expectSchema(field)] as const,
  );
  const fields = new Map([...expectFields(otherFields).fields, ...own]);
  return { types: [jsonType], isRequired: true, fields };
}

/** Returns the expected shape of a response. `undefined` if the body is not checked. */
export function expectedShape(name: RequestName): ExpectedShape | undefined {
  const { schema, fields }: PlannedRequest = REQUESTS[name];
  // The names and types of a schema do not depend on the secrets.
  if (schema) return expectSchema(schema(new Redactor([])), fields);
  return fields && { ...expectFields(fields), types: ['object'] };
}

function namesIn({ fields, entries }: ExpectedShape): string[] {
  const nested = [...fields.values(), ...(entries ? [entries] : [])];
  return [...fields.keys(), ...nested.flatMap(namesIn)];
}

/** Returns all names of fields that the code or a public source contains. */
export const knownNames = (): string[] =>
  REQUEST_NAMES.flatMap((name) => {
    const shape = expectedShape(name);
    return shape ? namesIn(shape) : [];
  });
