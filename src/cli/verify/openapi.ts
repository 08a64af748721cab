import { compareShapes } from './compare-shapes.ts';
import { expectedShape } from './expected-shape.ts';
import { differs, singleDifference, type Evaluation, type Finding } from './finding.ts';
import type { NameFilter } from './name-filter.ts';
import { REQUEST_NAMES, REQUESTS, type PlannedRequest } from './requests.ts';
import { jsonOf, type Observations } from './run-requests.ts';
import {
  emptyShape,
  fieldOf,
  fieldPath,
  MAX_DEPTH,
  readField,
  shapeOf,
  type JsonType,
  type Shape,
} from './shape.ts';

const TYPES = new Map<unknown, JsonType>([
  ['integer', 'number'],
  ...(['string', 'number', 'boolean', 'array', 'object'] as const).map(
    (type) => [type, type] as const,
  ),
]);
/** Each level of a response can be three parts deep: a property, `allOf` and a reference. */
const MAX_SCHEMA_DEPTH = 3 * MAX_DEPTH;
/** Limit for the schema parts that are read. A recursive schema would otherwise never end. */
const MAX_PARTS = 10_000;

const toArray = (value: unknown): unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : value === undefined ? [] : [value];

/** Reads the shape of one schema, with the schemas to which it refers. */
class SchemaReader {
  readonly #document: unknown;
  readonly #names: NameFilter;
  #parts = 0;

  constructor(document: unknown, names: NameFilter) {
    this.#document = document;
    this.#names = names;
  }

  /** Adds the types and fields of a schema to a shape. */
  read(schema: unknown, shape = emptyShape(), depth = 0): Shape {
    if (depth > MAX_SCHEMA_DEPTH || ++this.#parts > MAX_PARTS) return shape;
    const reference = readField(schema, '$ref');
    if (typeof reference === 'string') {
      // RFC 6901, section 4
      const path = reference
        .replace(/^#\//, '')
        .split('/')
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
      return this.read(readField(this.#document, ...path), shape, depth + 1);
    }
    const parts = ['allOf', 'anyOf', 'oneOf'].flatMap((name) => toArray(readField(schema, name)));
    for (const part of parts) this.read(part, shape, depth + 1);
    for (const name of toArray(readField(schema, 'type'))) {
      const type = TYPES.get(name);
      if (type) shape.types.add(type);
    }
    const items = readField(schema, 'items');
    if (items !== undefined) shape.entries = this.read(items, emptyShape(), depth + 1);
    const properties = readField(schema, 'properties');
    if (typeof properties !== 'object' || properties === null) return shape;
    shape.objects = 1; // without properties, the document does not describe the fields
    for (const [name, property] of Object.entries(properties)) {
      const field = fieldOf(shape, name, this.#names);
      this.read(property, field, depth + 1);
      field.count = 1;
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

/** Returns the schema of the JSON response of an operation. */
function responseSchema(operation: unknown): unknown {
  const content = readField(operation, 'responses', '200', 'content');
  const types = ['application/json', 'text/json', 'text/plain'];
  return types
    .map((type) => readField(content, type, 'schema'))
    .find((schema) => schema !== undefined);
}

/** Returns the paths of fields that the document does not describe. */
function undescribed(observed: Shape, described: Shape, path = ''): string[] {
  const { fields, entries } = described;
  const inEntries =
    observed.entries && entries ? undescribed(observed.entries, entries, `${path}[]`) : [];
  // Without fields, the document says nothing about them.
  if (fields.size === 0) return inEntries;
  return [...observed.fields].reduce((found, [name, field]) => {
    const known = fields.get(name);
    const where = fieldPath(path, name);
    return [...found, ...(known ? undescribed(field, known, where) : [where])];
  }, inEntries);
}

/** Compares the OpenAPI document with the endpoints of the client and with their responses. */
export function evaluateOpenApi(
  { results }: Pick<Observations, 'results'>,
  names: NameFilter,
): Evaluation {
  const result = results.openApi;
  if ('skipped' in result) return result;
  if ('failure' in result) return singleDifference(result.failure);
  const { status, format, json } = result.response;
  if (status !== 200 || format !== 'JSON') {
    return { skipped: `the document is not available (status ${status}, ${format})` };
  }
  const paths = readField(json, 'paths');
  if (typeof paths !== 'object' || paths === null) return { skipped: 'the document has no paths' };
  const operations = new Map(
    Object.entries(paths).map(([path, operation]) => [normalize(path), operation as unknown]),
  );
  const findings: Finding[] = [];
  let compared = 0;
  if (readField(operations.get('/{}/topics'), 'post') === undefined) {
    findings.push(differs('POST /{workspaceId}/topics is missing'));
  }
  for (const name of REQUEST_NAMES) {
    const { title, schema }: PlannedRequest = REQUESTS[name];
    const expected = expectedShape(name);
    if (!schema || !expected) continue;
    const operation = readField(operations.get(normalize(title.replace('GET ', ''))), 'get');
    if (operation === undefined) {
      findings.push(differs(`${title} is missing`));
      continue;
    }
    const described = responseSchema(operation);
    if (described === undefined) continue;
    compared++;
    const shape = new SchemaReader(json, names).read(described);
    const found = compareShapes(shape, expected);
    const others = undescribed(shapeOf(jsonOf(results[name]), names), shape);
    if (others.length > 0) found.push(differs(`only in the response: ${others.join(', ')}`));
    findings.push(...found.map(({ kind, text }) => ({ kind, text: `${title}: ${text}` })));
  }
  if (compared === 0 && findings.length === 0) {
    return { skipped: 'the document does not describe the responses' };
  }
  return { detail: `compared with ${compared} endpoints`, findings };
}
