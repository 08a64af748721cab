import { createCertificateAuthority } from '../support/certificates.ts';
import { isSame } from './compare.ts';
import { DIFFERENCES, GENERATED_CALLS, type GeneratedResult } from './differences.ts';
import { generateCases } from './generated.ts';
import type { OfficialClient } from './processes.ts';
import type { GeneratedSummary } from './page.ts';
import { runCase } from './run-case.ts';

const COUNT = 240;

/** Runs the generated cases. Returns the summary, and the results that no difference explains. */
export async function runGeneratedCases(
  client: OfficialClient,
  seed: number,
): Promise<{ summary: GeneratedSummary; unexplained: GeneratedResult[] }> {
  const { certificate } = await createCertificateAuthority('A private CA');
  const results: GeneratedResult[] = [];
  for (const each of generateCases(COUNT, seed, certificate)) {
    const [theirs, ours] = await runCase(client, each, GENERATED_CALLS);
    for (const call of GENERATED_CALLS) {
      const [official, thisPackage] = [theirs[call], ours[call]];
      if (!official || !thisPackage) throw new Error(`The call ${call} has no result.`);
      results.push({ call, case: each, official, thisPackage });
    }
  }
  const same = results.filter((each) => isSame(each.official, each.thisPackage));
  const different = results.filter((each) => !same.includes(each));
  const differenceOf = (result: GeneratedResult) =>
    DIFFERENCES.find(({ explains }) => explains(result));
  const failed = same.filter((each) => each.official.error !== undefined).length;
  return {
    summary: {
      cases: COUNT,
      equal: same.length - failed,
      failed,
      differences: DIFFERENCES.map(({ name, official, thisPackage, reason }) => ({
        ...{ name, official, thisPackage, reason },
        results: different.filter((each) => differenceOf(each)?.name === name).length,
      })),
    },
    unexplained: different.filter((each) => !differenceOf(each)),
  };
}
