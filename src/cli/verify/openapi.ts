import { REQUESTS, type RequestName } from './requests.ts';
import { compareShapes, emptyShape, readField } from './shape.ts';
import type { ExpectedShape, Finding, JsonType, Shape } from './shape.ts';

const TYPES = new Map<unknown, JsonType>([
  ['string', 'text'],
  ['integer', 'number'],
  ['number', 'number'],
  ['boolean', 'boolean'],
  ['array', 'list'],
  ['object', 'object'],
]);
const MAX_DEPTH = 8;
/** A schema that refers to itself would have an endless number of parts. */
const MAX_PARTS = 10_000;

/** Reads the shape of one schema, with the schemas to which it refers. */
class SchemaReader {
  readonly #document: unknown;
  readonly #showName: (name: string) => string;
  #parts = 0;

  constructor(document: unknown, showName: (name: string) => string) {
    this.#document = document;
    this.#showName = showName;
  }

  /** Adds what a schema describes to a shape. */
  read(schema: unknown, shape = emptyShape(), depth = 0): Shape {
    if (depth > MAX_DEPTH || ++this.#parts > MAX_PARTS) return shape;
    const reference = readField(schema, '$ref');
    if (typeof reference === 'string') {
      const path = reference.replace(/^#\//, '').split('/');
      return this.read(readField(this.#document, ...path), shape, depth + 1);
    }
    const parts = readField(schema, 'allOf');
    for (const part of Array.isArray(parts) ? (parts as unknown[]) : []) {
      this.read(part, shape, depth + 1);
    }
    const type = TYPES.get(readField(schema, 'type'));
    if (type) shape.types.add(type);
    const items = readField(schema, 'items');
    if (items !== undefined) shape.entries = this.read(items, emptyShape(), depth + 1);
    const properties = readField(schema, 'properties');
    if (typeof properties !== 'object' || properties === null) return shape;
    shape.objects = 1; // without properties, the document says nothing about the fields
    for (const [name, property] of Object.entries(properties)) {
      const field = this.read(property, emptyShape(), depth + 1);
      shape.fields.set(this.#showName(name), { ...field, count: 1 });
    }
    return shape;
  }
}

/** Makes paths comparable. The names of parameters and upper case do not matter. */
const normalize = (path: string): string =>
  path
    .replace(/\{[^}]*\}/g, '{}')
    .replace(/\/$/, '')
    .toLowerCase();

/** Returns the schema of the JSON answer of an operation. */
function answerSchema(operation: unknown): unknown {
  const content = readField(operation, 'responses', '200', 'content');
  const types = ['application/json', 'text/json', 'text/plain'];
  return types
    .map((type) => readField(content, type, 'schema'))
    .find((schema) => schema !== undefined);
}

/** Compares an OpenAPI document with the endpoints that the code uses. */
export function compareWithOpenApi(
  document: unknown,
  endpoints: readonly (readonly [RequestName, ExpectedShape])[],
  showName: (name: string) => string,
): Finding[] {
  const paths = readField(document, 'paths');
  if (typeof paths !== 'object' || paths === null) {
    return [{ kind: 'differs', text: 'the document has no paths' }];
  }
  const operations = new Map(
    Object.entries(paths).map(([path, operation]) => [normalize(path), operation as unknown]),
  );
  const createTopic = readField(operations.get('/{}/topics'), 'post');
  const missing: Finding = { kind: 'differs', text: 'POST /{workspaceId}/topics is missing' };
  const findings = createTopic === undefined ? [missing] : [];
  for (const [name, expected] of endpoints) {
    const { title } = REQUESTS[name];
    const operation = readField(operations.get(normalize(title.replace('GET ', ''))), 'get');
    if (operation === undefined) {
      findings.push({ kind: 'differs', text: `${title} is missing` });
      continue;
    }
    const shape = new SchemaReader(document, showName).read(answerSchema(operation));
    const found = compareShapes(shape, expected);
    findings.push(...found.map(({ kind, text }) => ({ kind, text: `${title}: ${text}` })));
  }
  return findings;
}
