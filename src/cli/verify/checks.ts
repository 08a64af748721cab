import type { CHECK_FUNCTIONS } from './check-functions.ts';
import { TOPIC_VALUES, WORKSPACE_VALUES } from './fields.ts';
import type { RequestName } from './requests.ts';

/** Kind of a source. No source is a live call of this project. */
type Confidence = 'official' | 'third party' | 'standard' | 'unknown';

/** The expected response to one request. `requests.ts` has the fields of the body. */
export interface ExpectedResponse {
  readonly request: RequestName;
  readonly status: readonly number[];
  /** Known values of a field, by its path. Any other value is reported as new. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** The whole body. */
  readonly expectedValue?: boolean;
  /** Whether the body may also be text, in JSON or not. */
  readonly mayBeText?: true;
}

interface CheckDescription {
  readonly source: string;
  readonly confidence: Confidence;
  /** Whether no code depends on the assumption. A difference is then reported as new. */
  readonly isInformational?: true;
}

export type Check = CheckDescription &
  (
    | { readonly id: string; readonly expected: ExpectedResponse }
    | { readonly id: keyof typeof CHECK_FUNCTIONS; readonly expected?: undefined }
  );

/**
 * The checks. Each one tests an assumption about the Portal with GET requests. The assumptions are in
 * docs/live-portal.md, which has a row for each check.
 */
export const CHECKS: readonly Check[] = [
  {
    id: 'workspaces',
    source: 'quix-streams `platforms/quix/api.py`, quix-streams#155',
    confidence: 'official',
    expected: { request: 'workspaces', status: [200], values: WORKSPACE_VALUES },
  },
  {
    id: 'one-environment',
    source: 'quix-docs `streaming-token.md` and `changelogs/2024-archive.md`',
    confidence: 'official',
  },
  {
    id: 'workspace',
    source: 'quix-streams `platforms/quix/api.py`, quix-samples `get-quix-broker-certs.sh`',
    confidence: 'official',
    expected: { request: 'workspace', status: [200], values: WORKSPACE_VALUES },
  },
  {
    id: 'broker-settings',
    source: 'quix-streams `platforms/quix/config.py`, Telegraf `plugins/outputs/quix`',
    confidence: 'official',
    expected: { request: 'brokerSettings', status: [200] },
  },
  {
    id: 'topics',
    source: 'quix-streams `platforms/quix/api.py` and `test_config.py`',
    confidence: 'official',
    expected: { request: 'topics', status: [200], values: TOPIC_VALUES },
  },
  {
    id: 'topic',
    source: 'quix-streams `platforms/quix/api.py` and `config.py`',
    confidence: 'official',
    expected: { request: 'topic', status: [200], values: TOPIC_VALUES },
  },
  {
    id: 'topic-id',
    source: 'Telegraf `plugins/outputs/quix`, quix-streams#338',
    confidence: 'official',
  },
  {
    id: 'permission',
    source: 'quix-docs, page on plugins; comma-car-segments-ingest `can-lake-sink/main.py`',
    confidence: 'official',
    expected: { request: 'permission', status: [200], expectedValue: true },
  },
  {
    id: 'denied-permission',
    source: 'quix-docs, page on plugins',
    confidence: 'unknown',
    expected: { request: 'deniedPermission', status: [200], expectedValue: false },
  },
  {
    id: 'token-details',
    source: 'quix-streams `platforms/quix/api.py`, without a caller',
    confidence: 'unknown',
    isInformational: true,
    expected: { request: 'tokenDetails', status: [200] },
  },
  {
    id: 'token-shape',
    source: 'quixio/streaming-academy; C# client, `QuixStreamingClient.cs`',
    confidence: 'third party',
  },
  {
    id: 'unknown-token',
    source: 'quix-docs `http-requests.md`; C# client, `PortalException.cs`',
    confidence: 'official',
    expected: { request: 'unknownToken', status: [401], mayBeText: true },
  },
  {
    id: 'no-token',
    source: 'quix-docs `http-requests.md`',
    confidence: 'official',
    isInformational: true,
    expected: { request: 'noToken', status: [401] },
  },
  {
    id: 'unknown-workspace',
    source: 'quix-streams `test_quix`; Telegraf#16856',
    confidence: 'third party',
    expected: { request: 'unknownWorkspace', status: [403, 404] },
  },
  {
    id: 'topics-of-unknown',
    source: 'none',
    confidence: 'unknown',
    expected: { request: 'topicsOfUnknown', status: [403, 404] },
  },
  {
    id: 'unknown-topic',
    source: 'quix-streams `platforms/quix/config.py`',
    confidence: 'official',
    expected: { request: 'unknownTopic', status: [404] },
  },
  {
    id: 'x-version',
    source: 'quix-samples `get-quix-broker-certs.sh`; comma-car-segments-ingest `quix_identity.py`',
    confidence: 'third party',
    isInformational: true,
  },
  {
    id: 'openapi',
    source: 'quix-coding-agent#3',
    confidence: 'third party',
    isInformational: true,
  },
  {
    id: 'redirects',
    source: 'quix-streams `platforms/quix/api.py`, which follows none',
    confidence: 'official',
  },
  { id: 'compression', source: 'RFC 9110, section 12.5.3', confidence: 'standard' },
  { id: 'retry-after', source: 'RFC 9110, section 10.2.3', confidence: 'standard' },
  { id: 'headers', source: 'none', confidence: 'unknown', isInformational: true },
  { id: 'http-version', source: 'quix-streams, through httpx', confidence: 'official' },
  {
    id: 'tls',
    source:
      'C# client, which tries again with TLS 1.2; ac-quix-bridge `dummy-telemetry-source/main.py`',
    confidence: 'third party',
  },
  { id: 'token-2-workspace', source: 'quix-docs `streaming-token.md`', confidence: 'official' },
  { id: 'token-2-settings', source: 'none', confidence: 'unknown' },
];
