import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '../support/certificates.ts';
import { randomSecret } from '../support/leaks.ts';
import type { Outcome } from './this-package.ts';
import { isRecord, isSame } from './compare.ts';
import { formatOutcome } from './format-outcome.ts';
import { startEmulateCommand, type EmulateCommand, type OfficialClient } from './processes.ts';
import type { RowResult } from './page.ts';
import { runCase, type Results } from './run-case.ts';
import type { TableCase } from './table/table-case.ts';

type EndedCommand = Awaited<ReturnType<EmulateCommand['stop']>>;

/** The results of both clients in a case of the table. */
export interface TableResult {
  readonly row: RowResult;
  readonly isSame: boolean;
  /** Names of the properties that differ. The message of a test contains them. */
  readonly differing: readonly string[];
}

/** Returns the value with the properties that the case compares. Absent ones are `undefined`. */
function selectProperties(outcome: Outcome | undefined, { title, properties }: TableCase): Outcome {
  if (!outcome) throw new Error(`The case "${title}" has no result.`);
  const { value } = outcome;
  if (!properties || !isRecord(value)) return outcome;
  return { value: Object.fromEntries(properties.map((name) => [name, value[name]])) };
}

function toResult(each: TableCase, official: Outcome, thisPackage: Outcome): TableResult {
  const { title, upstreamTests, errorText = '', better, different } = each;
  const hasText = [official, thisPackage].map(({ message }) => message?.includes(errorText));
  const [one, other] = [official.value, thisPackage.value];
  return {
    row: {
      title,
      official: formatOutcome(official, each),
      thisPackage: formatOutcome(thisPackage, each),
      comparison: better ? 'better' : different ? 'different' : 'same',
      reason: better ?? different,
      upstreamTests,
    },
    isSame: isSame(official, thisPackage) && hasText[0] === hasText[1],
    differing:
      isRecord(one) && isRecord(other)
        ? Object.keys({ ...one, ...other }).filter((name) => one[name] !== other[name])
        : [],
  };
}

/**
 * Runs the cases of the table. Also returns the exit codes and the numbers of requests of the two processes
 * of `quix-auth emulate`. The first one served the official client.
 */
export async function runTable(
  official: OfficialClient,
  cases: readonly TableCase[],
): Promise<{
  results: Map<TableCase, TableResult>;
  commands: EndedCommand[];
}> {
  const folder = mkdtempSync(join(tmpdir(), 'quix-parity-'));
  const results = new Map<TableCase, TableResult>();
  const commands: EmulateCommand[] = [];
  const ended: EndedCommand[] = [];
  try {
    const { certificate } = await createCertificateAuthority('A private CA');
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, certificate);
    const args = ['--topic', 'f1-data', '--brokers', 'a.example:9093,b.example:9093'];
    args.push('--username', 'me', '--password-env-var', 'PASSWORD', '--broker-ca', ca);
    const env = { PASSWORD: randomSecret('pw-') };
    for (let index = 0; index < 2; index++) commands.push(await startEmulateCommand(args, env));
    for (const each of cases) {
      const [theirs, ours] = await runCase(official, each, [each.call], commands);
      const select = (all: Results): Outcome => selectProperties(all[each.call], each);
      results.set(each, toResult(each, select(theirs), select(ours)));
    }
  } finally {
    ended.push(...(await Promise.all(commands.map((command) => command.stop()))));
    rmSync(folder, { recursive: true });
  }
  return { results, commands: ended };
}
