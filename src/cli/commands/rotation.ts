import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { QuixClientOptions } from 'quix-streams-auth';
import { isLoopback } from '../../portal/index.ts';
import { EXIT, UsageError } from '../errors.ts';
import * as parsers from '../option-parsers.ts';
import * as options from '../options.ts';
import type { Context } from '../output.ts';
import { askService } from '../rotation/health.ts';
import { printReport, printVerdict, type Report } from '../rotation/print-report.ts';
import { askPrometheus, type PrometheusServer } from '../rotation/prometheus.ts';
import { parseHttpUrl, parseServices, type Service } from '../rotation/services.ts';
import { checkTokens, environmentOf } from '../rotation/tokens.ts';
import { checkInstance, decide } from '../rotation/verdict.ts';

/** Options that name a variable or a file. Their value is its content. */
type SecretOption =
  | 'prometheusTokenEnvVar'
  | 'prometheusTokenFile'
  | 'prometheusPasswordEnvVar'
  | 'prometheusPasswordFile';

type TextOption = 'servicesFile' | 'prometheus' | 'prometheusUser' | SecretOption;

interface RotationValues
  extends options.ClientValues, Readonly<Partial<Record<TextOption, string>>> {
  readonly token1EnvVar: string;
  readonly token2EnvVar: string;
  readonly service?: string[];
  readonly after?: true;
  /** Seconds between two checks. `true` without a number. */
  readonly watch?: number | true;
}

/** Limit for a request to a service or to Prometheus, unless `--timeout` is shorter. */
const MAX_REQUEST_MS = 5_000;
/** Time between two checks of `--watch` without a number. */
const WATCH_EVERY_SECONDS = 5;

/** Returns the value of the header `Authorization` for Prometheus. */
function authorizationFor(values: RotationValues): string | undefined {
  const tokens = [values.prometheusTokenFile, values.prometheusTokenEnvVar];
  const passwords = [values.prometheusPasswordFile, values.prometheusPasswordEnvVar];
  const secrets = [...tokens, ...passwords].filter((secret) => secret !== undefined);
  if (secrets.length > 1) {
    throw new UsageError('Use one token or one password for Prometheus, from one place.');
  }
  const token = tokens.find((each) => each !== undefined)?.trim();
  const password = passwords.find((each) => each !== undefined);
  const { prometheusUser: user } = values;
  if ((user === undefined) !== (password === undefined)) {
    throw new UsageError(
      '--prometheus-user needs --prometheus-password-env-var or --prometheus-password-file, and these need --prometheus-user.',
    );
  }
  if (password !== undefined) {
    return `Basic ${Buffer.from(`${user ?? ''}:${password}`).toString('base64')}`;
  }
  if (token === undefined) return undefined;
  if (/^[\x21-\x7e]+$/.test(token)) return `Bearer ${token}`;
  throw new UsageError('The token for Prometheus contains characters that a header cannot hold.');
}

function prometheusServer(values: RotationValues): PrometheusServer | undefined {
  const authorization = authorizationFor(values);
  if (values.prometheus === undefined) {
    if (authorization === undefined) return undefined;
    throw new UsageError('A login for Prometheus needs --prometheus.');
  }
  const url = parseHttpUrl(values.prometheus, 'The URL of --prometheus');
  if (authorization !== undefined && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new UsageError('A login for Prometheus is only sent over https, or to this machine.');
  }
  return { url, authorization };
}

/** The validated options of a check. */
interface Plan {
  readonly clientOptions: QuixClientOptions;
  readonly variables: readonly [string, string];
  readonly services: readonly Service[];
  readonly prometheus: PrometheusServer | undefined;
  readonly isAfter: boolean;
}

/** Checks both tokens, and then all instances at the same time. */
async function check(plan: Plan): Promise<Report> {
  const { clientOptions, variables, services, prometheus, isAfter } = plan;
  const timeoutMs = Math.min(clientOptions.timeoutMs ?? Infinity, MAX_REQUEST_MS);
  const { ca } = clientOptions;
  const fetchOptions = { timeoutMs, ca: typeof ca === 'string' ? ca : undefined };
  const { tokens, settings } = await checkTokens(variables, clientOptions);
  const environment = environmentOf(tokens);
  const found = await Promise.all([
    ...services.map((service) => askService(service, fetchOptions)),
    ...(prometheus ? [askPrometheus(prometheus, environment, fetchOptions)] : []),
  ]);
  const instances = found.flat().map((instance) => checkInstance(instance, tokens));
  return { tokens, settings, isAfter, instances, verdict: decide(tokens, instances, isAfter) };
}

function toDocument({ tokens, settings, isAfter, instances, verdict }: Report): object {
  return {
    ok: verdict.isSafe,
    verdict: verdict.text,
    after: isAfter,
    tokens,
    brokerSettings: settings,
    instances,
  };
}

async function run(values: RotationValues, { io, output }: Context): Promise<number> {
  const plan: Plan = {
    clientOptions: await options.clientOptions(values, io),
    variables: [values.token1EnvVar, values.token2EnvVar],
    services: parseServices(values.service ?? [], values.servicesFile),
    prometheus: prometheusServer(values),
    isAfter: values.after === true,
  };
  if (plan.services.length === 0 && !plan.prometheus) {
    throw new UsageError('Name the services with --service, --services-file or --prometheus.');
  }
  const watchSeconds = typeof values.watch === 'number' ? values.watch : WATCH_EVERY_SECONDS;
  let previous: string | undefined;
  for (;;) {
    const report = await output.spin('Checking', () => check(plan));
    const { isSafe, text } = report.verdict;
    const isLast = isSafe || values.watch === undefined;
    if (output.isJson) {
      output.json(toDocument(report));
    } else if (isLast || output.isTerminal || previous === undefined) {
      if (output.isTerminal && values.watch) output.clear();
      printReport(output, report);
    } else if (text !== previous) {
      printVerdict(output, report.verdict, `${new Date().toISOString()} `);
    }
    if (isLast) return isSafe ? EXIT.ok : EXIT.failed;
    previous = text;
    await sleep(watchSeconds * 1_000);
  }
}

export function addRotation(program: Command, context: Context): Command {
  const { io } = context;
  const variable = parsers.variableContent(io);
  const file = parsers.fileContent(io.cwd);
  const command = program
    .command('rotation')
    .summary('check whether the tokens of an environment can be rotated')
    .description(
      'Exchanges Token 1 and Token 2, and asks each running instance which of them it uses. The last line is the verdict. Exits with 0 for "Safe to rotate" or, with --after, "Rotated". Exits with 1 for "Not yet". An instance that does not answer is unknown, which is not safe.',
    )
    .requiredOption('--token-1-env-var <name>', 'variable with Token 1', parsers.variableName)
    .requiredOption('--token-2-env-var <name>', 'variable with Token 2', parsers.variableName)
    .option(
      '--service <name=url>',
      'instance with a health URL that returns describe(), can be repeated',
      parsers.append,
    )
    .option('--services-file <file>', 'file with a line NAME=URL for each instance', file)
    .option('--prometheus <url>', 'Prometheus that scrapes the metric quix_token_info')
    .option('--prometheus-token-env-var <name>', 'variable with its bearer token', variable)
    .option('--prometheus-token-file <path>', 'file with its bearer token', file)
    .option('--prometheus-user <name>', 'user name for basic authentication')
    .option('--prometheus-password-env-var <name>', 'variable with the password', variable)
    .option('--prometheus-password-file <path>', 'file with the password', file)
    .option(
      '--after',
      'check after the rotation that Token 1 is rejected, and that all instances work',
    )
    .option(
      '--watch [seconds]',
      'repeat until the verdict is positive (default: every 5 seconds)',
      parsers.numberBetween(0.1, 86_400),
    )
    .addOption(options.refusedTokenOption())
    .action(async (values: RotationValues) => {
      context.exitCode = await run(values, context);
    });
  return options.addExamples(options.addExchangeOptions(command, context.io), {
    'quix-auth rotation --token-1-env-var TOKEN_1 --token-2-env-var TOKEN_2 --service orders=http://orders:8080/health':
      'one service',
    'quix-auth rotation --token-1-env-var TOKEN_1 --token-2-env-var TOKEN_2 --prometheus http://prometheus:9090 --watch':
      'all instances that Prometheus scrapes, until it is safe',
    'quix-auth rotation --token-1-env-var TOKEN_1 --token-2-env-var TOKEN_2 --services-file services.txt --after':
      'after the rotation, with the same variables as before',
  });
}
