import { WITHHELD } from './names.ts';

/** Type of a JSON value. */
export type JsonType = 'text' | 'number' | 'boolean' | 'null' | 'object' | 'list';

/** Types of JSON values, and the names and types of their fields. Contains no value. */
export interface Shape {
  readonly types: Set<JsonType>;
  /** Number of values that are objects. */
  objects: number;
  /** Fields of the objects, by the name that may be shown. */
  readonly fields: Map<string, Shape>;
  /** Number of values. For a withheld name, several fields of one object may be counted. */
  count: number;
  /** Shape of the entries of the lists. */
  entries?: Shape;
}

/** Fields and types that the code or a public source names. */
export interface ExpectedShape {
  readonly types: readonly JsonType[];
  readonly isRequired: boolean;
  readonly fields: ReadonlyMap<string, ExpectedShape>;
  readonly entries?: ExpectedShape | undefined;
}

/** Types of fields by name, as the table of checks contains them. All fields are optional. */
export interface FieldTypes {
  readonly [name: string]: JsonType | FieldTypes;
}

/** A difference, something new, or a remark. `text` contains no value of the server. */
export interface Finding {
  readonly kind: 'differs' | 'new' | 'remark';
  readonly text: string;
}

/** Further fields of an object are counted as fields with a withheld name. */
const MAX_FIELDS = 200;
const MAX_DEPTH = 8;

/** Returns the own property at a path of a value, or `undefined`. */
export function readField(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (object, name) =>
      typeof object === 'object' && object !== null
        ? Object.getOwnPropertyDescriptor(object, name)?.value
        : undefined,
    value,
  );
}

export function typeOf(value: unknown): JsonType {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'object';
}

export const emptyShape = (): Shape => ({
  types: new Set(),
  objects: 0,
  fields: new Map(),
  count: 0,
});

/** Returns the shape of a JSON value. `showName` returns the name that may be shown. */
export const shapeOf = (value: unknown, showName: (name: string) => string): Shape =>
  addToShape(emptyShape(), value, showName, 0);

function addToShape(
  shape: Shape,
  value: unknown,
  showName: (name: string) => string,
  depth: number,
): Shape {
  const type = typeOf(value);
  shape.types.add(type);
  shape.count++;
  if (type === 'object') shape.objects++;
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return shape;
  if (Array.isArray(value)) {
    shape.entries ??= emptyShape();
    for (const entry of value as unknown[]) addToShape(shape.entries, entry, showName, depth + 1);
    return shape;
  }
  for (const [name, field] of Object.entries(value)) {
    const shown = showName(name);
    const isListed = shape.fields.has(shown) || shape.fields.size < MAX_FIELDS;
    const key = isListed ? shown : WITHHELD;
    const ofField = shape.fields.get(key) ?? emptyShape();
    shape.fields.set(key, ofField);
    addToShape(ofField, field, showName, depth + 1);
  }
  return shape;
}

/** Returns the expected shape of an object with these fields. */
export function expectFields(fieldTypes: FieldTypes): ExpectedShape {
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
  string: 'text',
  number: 'number',
  boolean: 'boolean',
  object: 'object',
  loose_object: 'object',
};

/** Returns the shape that a schema in `portal/` expects, with the fields of other sources added. */
export function expectSchema(schema: SchemaPart, otherFields: FieldTypes = {}): ExpectedShape {
  const { wrapped, item, pipe, type } = schema;
  if (wrapped) {
    const { types, ...inner } = expectSchema(wrapped, otherFields);
    return { ...inner, types: [...new Set([...types, 'null' as const])], isRequired: false };
  }
  if (item) {
    const entries = expectSchema(item, otherFields);
    return { types: ['list'], isRequired: true, fields: new Map(), entries };
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

/** Returns all names of fields in an expected shape. */
export function namesIn({ fields, entries }: ExpectedShape): string[] {
  const nested = [...fields.values(), ...(entries ? [entries] : [])];
  return [...fields.keys(), ...nested.flatMap(namesIn)];
}

const withArticle = (type: JsonType): string =>
  type === 'text' || type === 'null' ? type : `${type === 'object' ? 'an' : 'a'} ${type}`;

const listTypes = (types: ReadonlySet<JsonType>): string => [...types].sort().join(', ');

/** Returns the path of a field, such as `[].broker.address`. */
const fieldPath = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** Compares a shape with the expected one. All optional fields that are missing are one remark. */
export function compareShapes(observed: Shape, expected: ExpectedShape): Finding[] {
  const absent: string[] = [];
  const findings = compareAt('', observed, expected, absent);
  if (absent.length === 0) return findings;
  return [...findings, { kind: 'remark', text: `optional and missing: ${absent.join(', ')}` }];
}

/** Compares the values at a path. Adds the paths of missing optional fields to `absent`. */
function compareAt(
  path: string,
  observed: Shape,
  expected: ExpectedShape,
  absent: string[],
): Finding[] {
  const findings = compareTypes(path, observed, expected);
  if (observed.objects > 0 && expected.types.includes('object')) {
    findings.push(...compareFields(path, observed, expected, absent));
  }
  if (observed.entries && expected.entries) {
    findings.push(...compareAt(`${path}[]`, observed.entries, expected.entries, absent));
  }
  return findings;
}

function compareTypes(path: string, { types }: Shape, expected: ExpectedShape): Finding[] {
  const wanted = expected.types.filter((type) => type !== 'null').map(withArticle);
  const where = path === '' ? 'the body' : path;
  return [...types]
    .filter((type) => !expected.types.includes(type))
    .map((type) => ({
      kind: 'differs',
      text: `${where} is ${withArticle(type)} in place of ${wanted.join(' or ')}`,
    }));
}

function compareFields(
  path: string,
  observed: Shape,
  expected: ExpectedShape,
  absent: string[],
): Finding[] {
  const findings: Finding[] = [];
  for (const [name, field] of expected.fields) {
    const where = fieldPath(path, name);
    const found = observed.fields.get(name);
    if (found) findings.push(...compareAt(where, found, field, absent));
    const missing = observed.objects - (found?.count ?? 0);
    if (missing === 0) continue;
    const text = found ? `${where} (in ${missing} of ${observed.objects})` : where;
    if (field.isRequired) findings.push({ kind: 'differs', text: `${text} is missing` });
    else absent.push(text);
  }
  for (const [name, { types, count }] of observed.fields) {
    if (expected.fields.has(name)) continue;
    const number = name === WITHHELD && count > 1 ? `, ${count} fields` : '';
    const text = `${fieldPath(path, name)} is new (${listTypes(types)}${number})`;
    findings.push({ kind: 'new', text });
  }
  return findings;
}

/** Returns the path and the types of each field. */
export function listFields(shape: Shape, path = ''): [path: string, types: string][] {
  return [
    [path === '' ? '(body)' : path, listTypes(shape.types)],
    ...[...shape.fields].flatMap(([name, field]) => listFields(field, fieldPath(path, name))),
    ...(shape.entries ? listFields(shape.entries, `${path}[]`) : []),
  ];
}
