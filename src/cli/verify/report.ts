import { DEFAULT_PORTAL_API } from '../../portal/index.ts';
import { VERSION } from '../../version.ts';
import type { Output } from '../output.ts';
import { CHECKS } from './checks.ts';
import type { CheckOutcome, CheckResult } from './evaluate.ts';
import type { Finding } from './finding.ts';
import { mediaTypeOf } from './headers.ts';
import type { NameFilter } from './name-filter.ts';
import { REQUEST_NAMES, REQUESTS } from './requests.ts';
import type { Observations } from './run-requests.ts';
import { listFields, shapeOf } from './shape.ts';

const MARKS = {
  'as assumed': ['green', '✓'],
  differs: ['red', '✗'],
  new: ['yellow', '+'],
  'not checked': ['dim', '-'],
} as const satisfies Record<CheckOutcome, readonly [style: string, mark: string]>;

const FINDING_MARKS: Readonly<Record<Finding['kind'], string>> = {
  differs: '✗',
  new: '+',
  remark: '·',
};

const ID_WIDTH = Math.max(...CHECKS.map(({ id }) => id.length));
const INDENT = 4;

/** Returns the number of checks with each outcome. */
const counts = (results: readonly CheckResult[]): [CheckOutcome, number][] =>
  (Object.keys(MARKS) as CheckOutcome[]).map((outcome) => [
    outcome,
    results.filter((result) => result.outcome === outcome).length,
  ]);

/** Returns status, content type, and names and types of the fields of each response. */
const describeResponses = ({ results }: Observations, names: NameFilter): object[] =>
  REQUEST_NAMES.map((name) => {
    const result = results[name];
    const { title: request } = REQUESTS[name];
    if (!('response' in result)) return { request, ...result };
    const { status, headers, format, json } = result.response;
    const headerNames = Object.keys(headers).map((each) => names.redact(each));
    return {
      request,
      status,
      format,
      contentType: mediaTypeOf(headers),
      headers: [...new Set(headerNames)].sort(),
      // The names in the OpenAPI document are those of all endpoints.
      ...(format === 'JSON' &&
        name !== 'openApi' && { fields: Object.fromEntries(listFields(shapeOf(json, names))) }),
    };
  });

export interface ReportContext {
  readonly portal: URL;
  readonly observations: Observations;
  readonly names: NameFilter;
  /** Kind of the token, in words. */
  readonly tokenKind: string;
}

/** The document of `--json` and `--output`. */
interface Report extends Readonly<Record<string, unknown>> {
  /** Whether no check differs. */
  readonly ok: boolean;
}

/** Returns the report. docs/live-portal.md describes the values that it may contain. */
export function toReport(results: readonly CheckResult[], context: ReportContext): Report {
  const { portal, observations, names, tokenKind } = context;
  return {
    ok: results.every(({ outcome }) => outcome !== 'differs'),
    version: VERSION,
    node: process.versions.node,
    // The address of a private Portal may be confidential.
    portal:
      portal.href === new URL(DEFAULT_PORTAL_API).href ? 'the default Portal' : 'another Portal',
    token: tokenKind,
    requests: observations.requests,
    counts: Object.fromEntries(counts(results)),
    checks: results,
    responses: describeResponses(observations, names),
  };
}

/** Prints the checks as a table, with the findings of each check below it. */
export function printResults(output: Output, results: readonly CheckResult[]): void {
  for (const { id, outcome, detail, findings } of results) {
    const [style, mark] = MARKS[outcome];
    const name = id.padEnd(ID_WIDTH);
    const text = `${outcome.padEnd('not checked'.length)}  ${detail}`;
    output.line(`${output.style(style, mark)} ${name}  ${text}`, 1, INDENT);
    for (const finding of findings) {
      output.line(`${FINDING_MARKS[finding.kind]} ${finding.text}`, INDENT, INDENT + 2);
    }
  }
  const summary = counts(results)
    .filter(([, number]) => number > 0)
    .map(([outcome, number]) => {
      const [style, mark] = MARKS[outcome];
      return `${output.style(style, mark)} ${outcome}: ${number}`;
    });
  output.line(`\n${summary.join(', ')}\n`);
}
