import type { Outcome } from './this-package.ts';
import { errorName, isRecord } from './compare.ts';
import type { TableCase } from './table/table-case.ts';

/** Objects with more properties are only counted, because a cell of the table has little space. */
const MAX_PROPERTIES = 4;
/** Their values are not shown. */
const SECRETS = ['sasl.password', 'ssl.ca.pem', 'certificate'];

const shortText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
const code = (value: unknown): string => `\`${shortText(value)}\``;

/** Returns a result as the page shows it, without secrets. */
export function formatOutcome(outcome: Outcome, { errorText }: TableCase): string {
  const { value, error, message } = outcome;
  if (error !== undefined) {
    const name = `fails: ${code(errorName(outcome))}`;
    if (errorText === undefined) return name;
    return `${name}, message ${message?.includes(errorText) ? 'with' : 'without'} ${code(errorText)}`;
  }
  if (Array.isArray(value)) return value.map(code).join(', ');
  if (!isRecord(value)) return code(value);
  const entries = Object.entries(value);
  if (entries.length > MAX_PROPERTIES) return `${entries.length} properties`;
  return entries
    .map(([key, each]) => {
      if (each === undefined) return `no ${code(key)}`;
      if (each === '') return `${code(key)} is empty`;
      return SECRETS.includes(key) ? code(key) : code(`${key}=${shortText(each)}`);
    })
    .join(', ');
}
