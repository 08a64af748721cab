import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startPortalEmulator,
  type PortalEmulator,
  type PortalTokenOptions,
} from 'quix-streams-auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { randomSecret } from '../support/leaks.ts';
import { isRecord, normalised } from './compare.ts';
import { startEmulateCommand, type EmulateCommand } from './emulate-command.ts';
import { OfficialClient, type Input, type Outcome } from './official-client.ts';
import { runOurs, type Call } from './our-client.ts';
import { describeResult, isSameResult, PAGE, renderPage, type Result } from './page.ts';
import { SECTIONS, usesCommand, type Row } from './table/index.ts';

type Run = (input: Input, calls: readonly Call[]) => Promise<Record<Call, Outcome>>;

const folder = mkdtempSync(join(tmpdir(), 'quix-parity-'));
const results = new Map<Row, Result>();
const exitCodes: (number | null)[] = [];

/** Returns the input of a client. */
function inputOf(row: Row, portal: PortalEmulator | EmulateCommand): Input {
  const { tokenSuffix = '', urlSuffix = '' } = row;
  const addToken = (options?: PortalTokenOptions): string => {
    if ('addToken' in portal) return portal.addToken(options);
    throw new Error('The command has no option for this token.');
  };
  const token = {
    streaming: () => portal.token1 + tokenSuffix,
    personal: () => addToken(),
    'read-only': () => addToken({ permissions: ['Read'] }),
    'without environments': () => addToken({ workspaces: [] }),
    unknown: () => 'pat-of-somebody-else',
    none: () => undefined,
  }[row.token ?? 'streaming']();
  const input: Input = { token, portalApi: portal.url + urlSuffix, ...row.input };
  if (!row.inVariables) return input;
  const { token: Quix__Sdk__Token, portalApi, workspaceId, ...others } = input;
  const variables = {
    Quix__Sdk__Token,
    Quix__Portal__Api: portalApi,
    Quix__Workspace__Id: workspaceId,
    ...input.env,
  };
  const env = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { ...others, env: Object.fromEntries(env) };
}

/** Makes the call of a situation, and returns the part of the result that the situation compares. */
async function runRow(row: Row, run: Run, command: EmulateCommand): Promise<Outcome> {
  const { call, header, properties, faults = [] } = row;
  const runWith = async (portal: PortalEmulator | EmulateCommand): Promise<Outcome> => {
    const outcome = (await run(inputOf(row, portal), [call]))[call];
    const value = normalised(outcome.value);
    if (!properties || !isRecord(value)) return outcome;
    const entries = Object.entries(value).filter(([key]) => properties.includes(key));
    return { value: Object.fromEntries(entries) };
  };
  if (usesCommand(row)) return await runWith(command);
  await using portal = await startPortalEmulator(row.portal);
  portal.faults.push(...faults);
  const outcome = await runWith(portal);
  if (header === undefined) return outcome;
  return { value: [...new Set(portal.requests.map(({ headers }) => headers[header]))] };
}

beforeAll(async () => {
  const official = new OfficialClient();
  const commands: EmulateCommand[] = [];
  try {
    const { certificate } = await createCertificateAuthority('A private CA');
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, certificate);
    const args = ['--topic', 'f1-data', '--brokers', 'a.example:9093,b.example:9093'];
    args.push('--username', 'me', '--password-env-var', 'PASSWORD', '--broker-ca', ca);
    const env = { PASSWORD: randomSecret('pw-') };
    // Each client has its own Portal, because both create topics.
    const start = (): Promise<EmulateCommand> => startEmulateCommand(args, env);
    commands.push(...(await Promise.all([start(), start()])));
    const [theirs, own] = commands as [EmulateCommand, EmulateCommand];
    for (const row of SECTIONS.flatMap(({ rows }) => rows)) {
      const [outcome, ours] = await Promise.all([
        runRow(row, (...call) => official.run(...call), theirs),
        runRow(row, runOurs, own),
      ]);
      results.set(row, { row, official: outcome, ours });
    }
  } finally {
    official.close();
    exitCodes.push(...(await Promise.all(commands.map((command) => command.stop()))));
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const resultOf = (row: Row): Result => {
  const result = results.get(row);
  if (!result) throw new Error(`The situation "${row.title}" did not run.`);
  return result;
};

describe.each(SECTIONS)('in the situations of $title', ({ rows }) => {
  it.each(rows)('$title: the results are the same, or the table has a reason', (row) => {
    const result = resultOf(row);
    const haveBothFailed = result.official.error !== undefined && result.ours.error !== undefined;
    // One of two errors can be better, for example because its message says what to do.
    const mayHaveReason = haveBothFailed || !isSameResult(result);
    const isAsExpected = row.difference ? mayHaveReason : isSameResult(result);
    expect(isAsExpected, describeResult(result)).toBe(true);
  });
});

it('quix-auth emulate ends with exit code 0', () => {
  expect(exitCodes).toEqual([0, 0]);
});

it('docs/parity.md shows these results', async () => {
  const sections = SECTIONS.map((section) => ({
    ...section,
    results: section.rows.map(resultOf),
  }));
  await expect(await renderPage(sections)).toMatchFileSnapshot(PAGE);
});
