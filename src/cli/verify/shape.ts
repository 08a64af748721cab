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

/** Fields of an object after this number are counted under the withheld name. */
const MAX_FIELDS = 200;
const MAX_DEPTH = 8;

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

/** Adds a JSON value to a shape. `showName` returns the name that may be shown. */
export function addToShape(
  shape: Shape,
  value: unknown,
  showName: (name: string) => string,
  depth = 0,
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
    const shown = showName(shape.fields.size < MAX_FIELDS || shape.fields.has(name) ? name : '');
    const ofField = shape.fields.get(shown) ?? emptyShape();
    shape.fields.set(shown, ofField);
    addToShape(ofField, field, showName, depth + 1);
  }
  return shape;
}

const shapeOf = (
  types: readonly JsonType[],
  fields: ReadonlyMap<string, ExpectedShape> = new Map(),
): ExpectedShape => ({ types, isRequired: false, fields });

/** Returns the expected shape of an object with these fields. */
export function expectFields(fields: FieldTypes): ExpectedShape {
  const expected = Object.entries(fields).map(([name, type]) => {
    const shape = typeof type === 'string' ? shapeOf([type]) : expectFields(type);
    return [name, { ...shape, types: [...shape.types, 'null' as const] }] as const;
  });
  return shapeOf(['object'], new Map(expected));
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

/** Returns the path of a field, such as `[].broker.address`. */
const fieldPath = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** Compares a shape with the expected one. All optional fields that are missing are one remark. */
export function compareShapes(observed: Shape, expected: ExpectedShape): Finding[] {
  const absent: string[] = [];
  const findings = compareAt('', observed, expected, absent);
  if (absent.length === 0) return findings;
  return [...findings, { kind: 'remark', text: `optional and missing: ${absent.join(', ')}` }];
}

function compareAt(
  path: string,
  observed: Shape,
  expected: ExpectedShape,
  absent: string[],
): Finding[] {
  const findings: Finding[] = [];
  const add = (kind: Finding['kind'], text: string): void => void findings.push({ kind, text });
  const wanted = expected.types.filter((type) => type !== 'null').map(withArticle);
  for (const type of observed.types) {
    if (expected.types.includes(type)) continue;
    const where = path === '' ? 'the body' : path;
    add('differs', `${where} is ${withArticle(type)} in place of ${wanted.join(' or ')}`);
  }
  for (const [name, field] of observed.objects > 0 ? expected.fields : []) {
    const where = fieldPath(path, name);
    const found = observed.fields.get(name);
    if (found) findings.push(...compareAt(where, found, field, absent));
    const missing = observed.objects - (found?.count ?? 0);
    if (missing === 0) continue;
    const text = found ? `${where} (in ${missing} of ${observed.objects})` : where;
    if (field.isRequired) add('differs', `${text} is missing`);
    else absent.push(text);
  }
  for (const [name, { types, count }] of expected.types.includes('object') ? observed.fields : []) {
    if (expected.fields.has(name)) continue;
    const times = name === WITHHELD && count > 1 ? `, ${count} fields` : '';
    add('new', `${fieldPath(path, name)} is new (${[...types].sort().join(', ')}${times})`);
  }
  if (observed.entries && expected.entries) {
    findings.push(...compareAt(`${path}[]`, observed.entries, expected.entries, absent));
  }
  return findings;
}

/** Returns the path and the types of each field. */
export function listFields(shape: Shape, path = ''): [path: string, types: string][] {
  const types = [...shape.types].sort().join(', ');
  return [
    [path === '' ? '(body)' : path, types],
    ...[...shape.fields].flatMap(([name, field]) => listFields(field, fieldPath(path, name))),
    ...(shape.entries ? listFields(shape.entries, `${path}[]`) : []),
  ];
}
