import { VERSION } from '../../version.ts';
import { printable, type Output } from '../output.ts';
import type { TokenPair } from './tokens.ts';
import type { CheckedInstance, Usage, Verdict } from './verdict.ts';

/** The result of one check, as it is printed. Contains no secret. */
export interface Report extends TokenPair {
  readonly isAfter: boolean;
  readonly instances: readonly CheckedInstance[];
  readonly verdict: Verdict;
}

const INDENT = 4;

const USAGES: Readonly<Record<Exclude<Usage, 'unknown'>, string>> = {
  token2: 'Token 2',
  fallback: 'Token 1, with Token 2 as its fallback,',
  token1: 'Token 1',
  other: 'another token',
};

function printTokens(output: Output, { tokens, settings, isAfter }: Report): void {
  output.line(`\n${output.style('bold', 'Tokens')}`);
  for (const token of tokens) {
    const { name, variable, kind, fingerprint, expires, isAccepted, environment, problem } = token;
    const hasToBeRejected = isAfter && name === 'Token 1';
    const isGood = hasToBeRejected ? isAccepted === false : environment !== undefined;
    const mark = isGood ? output.style('green', '✓') : output.style('red', '✗');
    const quotedName = environment?.name === undefined ? '' : ` ("${environment.name}")`;
    const status = environment
      ? `accepted, environment ${environment.id}${quotedName}`
      : isAccepted === false
        ? 'rejected'
        : 'could not be exchanged';
    const text = `${status}; ${kind} from ${variable}, fingerprint ${fingerprint}, expires: ${expires}`;
    output.line(`${mark} ${name}: ${printable(text)}`, 1, INDENT);
    if (problem !== undefined && !isGood) output.line(printable(problem), INDENT);
  }
  if (!settings) return;
  const { equal, different } = settings;
  const text =
    different.length === 0
      ? `the same with both tokens (${equal.join(', ')})`
      : `${different.join(', ')} ${different.length === 1 ? 'differs' : 'differ'} between the tokens. An instance that changes to Token 2 has to log in to Kafka again`;
  const mark = different.length === 0 ? output.style('green', '✓') : output.style('yellow', '!');
  output.line(`${mark} Broker settings: ${printable(text)}`, 1, INDENT);
}

function loginsInWords({ logins }: CheckedInstance): string {
  if (!logins) return '';
  const { accepted, refused, ended, areRefused } = logins;
  const finalErrors = ended === 0 ? '' : `, ${ended} final ${ended === 1 ? 'error' : 'errors'}`;
  if (areRefused) return `, cannot log in to Kafka (${refused} refused${finalErrors})`;
  return accepted === 0
    ? ', no Kafka login yet'
    : `, its logins work (${accepted} accepted${finalErrors})`;
}

function describeInstance(instance: CheckedInstance): string {
  const { usage, problem = '', foundIn, source, since, fingerprint, workspace = '' } = instance;
  if (usage === 'unknown') return `unknown: ${foundIn} ${problem}`;
  const parts = [
    USAGES[usage],
    usage === 'other' ? ` (fingerprint ${fingerprint ?? ''})` : '',
    source === undefined ? '' : ` from ${source}`,
    since ? ` since ${since.toISOString()}` : '',
    loginsInWords(instance),
    instance.obstacle === 'elsewhere' ? `, in environment ${workspace}` : '',
  ];
  return parts.join('');
}

function printInstances(output: Output, { instances }: Report): void {
  output.line(`\n${output.style('bold', 'Instances')}`);
  if (instances.length === 0) output.line('none', INDENT);
  for (const instance of instances) {
    const { name, obstacle, remedy } = instance;
    const mark =
      obstacle === undefined
        ? output.style('green', '✓')
        : obstacle === 'unknown'
          ? output.style('yellow', '?')
          : output.style('red', '✗');
    output.line(`${mark} ${printable(`${name}: ${describeInstance(instance)}`)}`, 1, INDENT);
    if (remedy === undefined) continue;
    output.line(`${output.style('cyan', '→')} ${printable(remedy)}`, INDENT);
  }
}

/**
 * Prints the verdict as one line, because scripts read the last line.
 *
 * @param prefix - Text before the verdict, such as the time.
 */
export function printVerdict(output: Output, { isSafe, text }: Verdict, prefix = ''): void {
  output.raw(`${prefix}${output.style(isSafe ? 'green' : 'red', printable(text))}\n`);
}

/** Prints tokens and instances, and the verdict as the last line. */
export function printReport(output: Output, report: Report): void {
  output.line(`quix-auth ${VERSION}, rotation`);
  printTokens(output, report);
  printInstances(output, report);
  output.line();
  printVerdict(output, report.verdict);
}
