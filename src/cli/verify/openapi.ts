import { REQUESTS, type RequestName } from './requests.ts';
import {
  compareShapes,
  emptyShape,
  type ExpectedShape,
  type Finding,
  type Shape,
} from './shape.ts';

type ShowName = (name: string) => string;

const TYPES: Readonly<Record<string, 'text' | 'number' | 'boolean' | 'list' | 'object'>> = {
  string: 'text',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  array: 'list',
  object: 'object',
};
const MAX_DEPTH = 8;

/** Returns the own property at a path of an object, or `undefined`. */
function read(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (object, name) =>
      typeof object === 'object' && object !== null
        ? Object.getOwnPropertyDescriptor(object, name)?.value
        : undefined,
    value,
  );
}

/** Adds what an OpenAPI schema describes to a shape. */
function addSchema(
  shape: Shape,
  schema: unknown,
  document: unknown,
  showName: ShowName,
  depth = 0,
): Shape {
  if (depth > MAX_DEPTH) return shape;
  const reference = read(schema, '$ref');
  if (typeof reference === 'string') {
    const target = read(document, ...reference.replace(/^#\//, '').split('/'));
    return addSchema(shape, target, document, showName, depth + 1);
  }
  const parts = read(schema, 'allOf');
  for (const part of Array.isArray(parts) ? (parts as unknown[]) : []) {
    addSchema(shape, part, document, showName, depth + 1);
  }
  const type = read(schema, 'type');
  const jsonType = typeof type === 'string' ? TYPES[type] : undefined;
  if (jsonType) shape.types.add(jsonType);
  const items = read(schema, 'items');
  if (items !== undefined) {
    shape.entries = addSchema(emptyShape(), items, document, showName, depth + 1);
  }
  const properties = read(schema, 'properties');
  if (typeof properties !== 'object' || properties === null) return shape;
  shape.objects = 1; // without properties, the document says nothing about the fields
  for (const [name, property] of Object.entries(properties)) {
    const field = addSchema(emptyShape(), property, document, showName, depth + 1);
    shape.fields.set(showName(name), { ...field, count: 1 });
  }
  return shape;
}

/** Makes paths comparable. The names of parameters and upper case do not matter. */
const normalize = (path: string): string =>
  path
    .replace(/\{[^}]*\}/g, '{}')
    .replace(/\/$/, '')
    .toLowerCase();

/** Returns the schema of the JSON answer of an operation. */
function answerSchema(operation: unknown): unknown {
  const content = read(operation, 'responses', '200', 'content');
  const types = ['application/json', 'text/json', 'text/plain'];
  return types.map((type) => read(content, type, 'schema')).find((schema) => schema !== undefined);
}

/** Compares an OpenAPI document with the endpoints that the code uses. */
export function compareWithOpenApi(
  document: unknown,
  endpoints: readonly (readonly [RequestName, ExpectedShape])[],
  showName: ShowName,
): Finding[] {
  const paths = read(document, 'paths');
  if (typeof paths !== 'object' || paths === null) {
    return [{ kind: 'differs', text: 'the document has no paths' }];
  }
  const operations = new Map(
    Object.entries(paths).map(([path, operation]) => [normalize(path), operation as unknown]),
  );
  const createTopic = read(operations.get('/{}/topics'), 'post');
  const missing: Finding = { kind: 'differs', text: 'POST /{workspaceId}/topics is missing' };
  const findings = createTopic === undefined ? [missing] : [];
  for (const [name, expected] of endpoints) {
    const { title } = REQUESTS[name];
    const operation = read(operations.get(normalize(title.replace('GET ', ''))), 'get');
    if (operation === undefined) {
      findings.push({ kind: 'differs', text: `${title} is missing` });
      continue;
    }
    const shape = addSchema(emptyShape(), answerSchema(operation), document, showName);
    const found = compareShapes(shape, expected);
    findings.push(...found.map(({ kind, text }) => ({ kind, text: `${title}: ${text}` })));
  }
  return findings;
}
