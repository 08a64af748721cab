import { describe, expect, it } from 'vitest';
import { closeAfterEach, startPortal } from '../support/portal-clients.ts';
import { changePortal, findingsOf, verify } from './run-verify.ts';
import { unwrap, type CliResult } from './run-cli.ts';

closeAfterEach();

/** Runs the command with a Portal that has this OpenAPI document. */
async function verifyDocument(document: unknown): Promise<CliResult> {
  const portal = await startPortal({ topics: ['f1-data'] });
  const { url } = await changePortal(portal, (response, { path }) => {
    if (!path.endsWith('/swagger/v2/swagger.json')) return;
    response.status = 200;
    response.body = document;
  });
  return await verify(portal, [], { env: { Quix__Portal__Api: url } });
}

const get = (schema?: object): object => ({
  get: { responses: { 200: { content: { 'application/json': { schema } } } } },
});
const OBJECT = { type: 'object' };
const ARRAY = { type: 'array' };
const string = { type: ['string', 'null'] };

/** Paths of all endpoints. Their schemas do not name fields. */
const PATHS = {
  '/Workspaces': get(ARRAY),
  '/workspaces/{id}': get(OBJECT),
  '/workspaces/{id}/broker/librdkafka/': get(OBJECT),
  '/{workspaceId}/topics': { ...get(ARRAY), post: {} },
  '/{workspaceId}/topics/{topicName}': get(OBJECT),
  '/auth/permissions/query': get({ type: 'boolean' }),
};

const findings = (result: CliResult): string[] =>
  findingsOf(result, 'openapi').filter((line) => !line.startsWith('·'));

describe('quix-auth verify with an OpenAPI document', () => {
  it('finds a document without field names as assumed', async () => {
    const { stdout } = await verifyDocument({ paths: PATHS });
    expect(stdout).toMatch(/✓ openapi +as assumed {3}compared with 6 endpoints$/m);
  });

  it('does not count an endpoint without a schema', async () => {
    const paths = { ...PATHS, '/auth/permissions/query': { get: {} } };
    const { stdout } = await verifyDocument({ paths });
    expect(stdout).toMatch(/✓ openapi +as assumed {3}compared with 5 endpoints$/m);
  });

  it('reports missing endpoints and other types, which do not affect the exit code', async () => {
    const paths = { '/auth/permissions/query': get({ type: 'string' }) };
    const result = await verifyDocument({ paths });
    expect(findings(result)).toEqual([
      '+ POST /{workspaceId}/topics is missing',
      '+ GET /workspaces is missing',
      '+ GET /workspaces/{workspaceId} is missing',
      '+ GET /workspaces/{workspaceId}/broker/librdkafka is missing',
      '+ GET /{workspaceId}/topics is missing',
      '+ GET /{workspaceId}/topics/{name} is missing',
      '+ GET /auth/permissions/query: the body is a string, expected a boolean',
    ]);
    expect(result.code).toBe(0);
  });

  it('compares the fields of a schema with the client and with the response', async () => {
    const schemas = {
      'a/Base~Topic': { properties: { id: string, region: string } },
      Named: { anyOf: [{ $ref: '#/components/schemas/a~1Base~0Topic' }, { type: 'null' }] },
    };
    const items = { allOf: [{ $ref: '#/components/schemas/Named' }] };
    const paths = { ...PATHS, '/{ws}/topics': { ...get({ type: 'array', items }), post: {} } };
    expect(findings(await verifyDocument({ paths, components: { schemas } }))).toEqual([
      '+ GET /{workspaceId}/topics: [].name is missing',
      '+ GET /{workspaceId}/topics: [].region is new (string)',
      '+ GET /{workspaceId}/topics: only in the response: [].name, [].createdAt, [].updatedAt, [].persisted, [].persistedStatus, [].external, [].workspaceId, [].status, [].configuration',
    ]);
  });

  it('compares a field at the third level if each level is a reference in allOf', async () => {
    const reference = (name: string) => ({ allOf: [{ $ref: `#/components/schemas/${name}` }] });
    const schemas = {
      Workspace: { properties: { brokerSettings: reference('BrokerSettings') } },
      BrokerSettings: { properties: { confluentCloudSettings: reference('Confluent') } },
      Confluent: { properties: { apiKey: { type: 'number' } } },
    };
    const paths = { ...PATHS, '/workspaces/{id}': get(reference('Workspace')) };
    const lines = findings(await verifyDocument({ paths, components: { schemas } }));
    expect(lines).toContain(
      '+ GET /workspaces/{workspaceId}: brokerSettings.confluentCloudSettings.apiKey is a number, expected a string',
    );
  });

  it('reads a required field after many fields with unknown names', async () => {
    const list =
      'access code id key limit max min name region role size time type user date status';
    const words = list.split(' ');
    const unknown = words.flatMap((one) => words.map((two) => [`${one}-${two}`, string] as const));
    const properties = { ...Object.fromEntries(unknown), id: string, name: string };
    const paths = { ...PATHS, '/{ws}/topics/{name}': get({ properties }) };
    const lines = findings(await verifyDocument({ paths }));
    expect(lines.filter((line) => line.includes('is missing'))).toEqual([]);
    expect(lines.join()).toContain('[name withheld] is new (string)');
  });

  it.each([
    ['a web page', '<html>Swagger</html>', 'the document is not available (status 200, HTML)'],
    ['no paths', {}, 'the document has no paths'],
  ])('does not check a document with %s', async (_, document, reason) => {
    const { stdout } = await verifyDocument(document);
    expect(stdout).toMatch(/- openapi +not checked/);
    expect(unwrap(stdout)).toContain(reason);
  });

  it('finishes in 5 s for a recursive schema', async () => {
    const self = { $ref: '#/components/schemas/Self' };
    const fields = Array.from({ length: 200 }, (_, i) => [`field${i}`, self] as const);
    const started = performance.now();
    const result = await verifyDocument({
      paths: { ...PATHS, '/workspaces/{id}': get(self) },
      components: { schemas: { Self: { type: 'object', properties: Object.fromEntries(fields) } } },
    });
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(findings(result)).toContain('+ GET /workspaces/{workspaceId}: workspaceId is missing');
  });

  it('ignores a type that is the name of a property of all objects', async () => {
    const paths = { ...PATHS, '/workspaces/{id}': get({ type: 'constructor' }) };
    expect(findings(await verifyDocument({ paths }))).toEqual([]);
  });
});
