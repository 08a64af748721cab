import { WITHHELD, type NameFilter } from './name-filter.ts';

/** Type of a JSON value. */
export type JsonType = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';

/** Types of JSON values, and the names and types of their fields. Contains no value. */
export interface Shape {
  readonly types: Set<JsonType>;
  /** Number of values that are objects. */
  objects: number;
  /** Fields of the objects, by the name that may be shown. */
  readonly fields: Map<string, Shape>;
  /** Number of values. For a withheld name, several fields of one object may be counted. */
  count: number;
  /** Shape of the entries of the arrays. */
  entries?: Shape;
}

/** Limit for the fields of an object. After it, fields with unknown names are counted as withheld ones. */
const MAX_FIELDS = 200;
/** Limit for nested objects and arrays. Deeper fields are neither listed nor compared. */
export const MAX_DEPTH = 8;

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
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}

export const withArticle = (type: JsonType): string =>
  type === 'null' ? type : `${/^[ao]/.test(type) ? 'an' : 'a'} ${type}`;

export const listTypes = (types: ReadonlySet<JsonType>): string => [...types].sort().join(', ');

/** Returns the path of a field, such as `[].broker.address`. */
export const fieldPath = (path: string, name: string): string =>
  path === '' ? name : `${path}.${name}`;

export const emptyShape = (): Shape => ({
  types: new Set(),
  objects: 0,
  fields: new Map(),
  count: 0,
});

/** Returns the shape of a field. Adds the field if the shape does not have it yet. */
export function fieldOf(shape: Shape, name: string, names: NameFilter): Shape {
  const isListed = names.isKnown(name) || shape.fields.size < MAX_FIELDS;
  const key = isListed ? names.redact(name) : WITHHELD;
  const field = shape.fields.get(key) ?? emptyShape();
  shape.fields.set(key, field);
  return field;
}

/** Adds a JSON value to a shape, by default to an empty one. Returns the shape. */
export function shapeOf(
  value: unknown,
  names: NameFilter,
  shape: Shape = emptyShape(),
  depth = 0,
): Shape {
  shape.types.add(typeOf(value));
  shape.count++;
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return shape;
  if (Array.isArray(value)) {
    shape.entries ??= emptyShape();
    for (const entry of value as unknown[]) shapeOf(entry, names, shape.entries, depth + 1);
    return shape;
  }
  shape.objects++;
  for (const [name, field] of Object.entries(value)) {
    shapeOf(field, names, fieldOf(shape, name, names), depth + 1);
  }
  return shape;
}

/** Returns the path and the types of each field. */
export function listFields(shape: Shape, path = ''): [path: string, types: string][] {
  return [
    [path === '' ? '(body)' : path, listTypes(shape.types)],
    ...[...shape.fields].flatMap(([name, field]) => listFields(field, fieldPath(path, name))),
    ...(shape.entries ? listFields(shape.entries, `${path}[]`) : []),
  ];
}
