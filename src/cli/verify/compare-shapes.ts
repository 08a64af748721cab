import type { ExpectedShape } from './expected-shape.ts';
import { differs, type Finding } from './finding.ts';
import { WITHHELD } from './name-filter.ts';
import { fieldPath, listTypes, withArticle, type Shape } from './shape.ts';

/** Compares a shape with the expected one. Reports all missing optional fields in one remark. */
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
    .map((type) => differs(`${where} is ${withArticle(type)}, expected ${wanted.join(' or ')}`));
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
    if (field.isRequired) findings.push(differs(`${text} is missing`));
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
