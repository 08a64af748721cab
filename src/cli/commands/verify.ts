import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Redactor, type Token } from '../../token/index.ts';
import { VERSION } from '../../version.ts';
import { WORKSPACE_VARIABLE } from '../../workspace/index.ts';
import { EXIT, UsageError } from '../errors.ts';
import { variableName } from '../option-parsers.ts';
import * as options from '../options.ts';
import { printable, toJson, type Context } from '../output.ts';
import { assertReplaceable, writePrivateFile } from '../private-file.ts';
import { assertTokenVariable, describeToken, lookUpToken, sourceName } from '../token-lookup.ts';
import { evaluate } from '../verify/evaluate.ts';
import { knownNames } from '../verify/expected-shape.ts';
import { COMMON_HEADERS } from '../verify/headers.ts';
import { NameFilter } from '../verify/name-filter.ts';
import { printResults, toReport } from '../verify/report.ts';
import { REQUEST_NAMES } from '../verify/requests.ts';
import { runRequests } from '../verify/run-requests.ts';

interface VerifyValues extends options.ClientValues {
  readonly token2EnvVar?: string;
  readonly output?: string;
}

/** Limit for each request, unless `--timeout` is shorter. */
const MAX_REQUEST_MS = 10_000;

async function run(values: VerifyValues, { io, output }: Context): Promise<number> {
  const { token2EnvVar, output: file } = values;
  const clientOptions = await options.clientOptions(values, io);
  const { env = {}, ca, timeoutMs = MAX_REQUEST_MS } = clientOptions;
  const { url: portal, source } = options.findPortalUrl(clientOptions);
  const path = file === undefined ? undefined : resolve(io.cwd, file);
  if (path !== undefined) assertReplaceable(path);
  if (token2EnvVar !== undefined) assertTokenVariable(token2EnvVar, env);
  const lookup = await lookUpToken(clientOptions);
  const { token } = lookup;
  let secondToken: Token | undefined;
  if (token2EnvVar !== undefined) {
    ({ token: secondToken } = await lookUpToken({ env, tokenEnvVar: token2EnvVar }));
    if (token.sameAs(secondToken)) {
      const sources = [token, secondToken].map((each) => sourceName(each.source));
      throw new UsageError(`The same token is in ${sources.join(' and ')}.`);
    }
  }
  const workspace = (clientOptions.workspaceId ?? env[WORKSPACE_VARIABLE] ?? '').trim();

  const secrets = [token, secondToken].flatMap((each) => each?.reveal() ?? []);
  const redactor = new Redactor(secrets);
  const limitMs = Math.min(timeoutMs, MAX_REQUEST_MS);
  const observations = await output.spin('Sending requests to the Portal', () =>
    runRequests({ portal, token, secondToken, redactor, workspace, ca, env, timeoutMs: limitMs }),
  );
  const names = new NameFilter([...knownNames(), ...COMMON_HEADERS]);
  names.addValues([...secrets, workspace, portal.host, portal.pathname]);
  for (const [name, result] of Object.entries(observations.results)) {
    if (!('response' in result)) continue;
    names.addValues(result.response.headers);
    // The strings in the OpenAPI document include the names of all fields.
    if (name !== 'openApi') names.addValues(result.response.json);
  }
  const results = evaluate({ observations, portal, token, redactor, names });
  const tokenKind = describeToken(lookup).kind;
  const report = toReport(results, { portal, observations, names, tokenKind });
  if (path !== undefined) writePrivateFile(path, `${toJson(report, 2)}\n`);
  if (output.isJson) {
    output.json(report);
  } else {
    output.line(`quix-auth ${VERSION}, verify`);
    const requests = `${observations.requests} GET requests`;
    output.line(printable(`${options.formatPortalUrl(portal)} (${source}), ${requests}`));
    output.line();
    printResults(output, results);
    output.line(
      file === undefined
        ? 'Use --output report.json to write a report that you can send to the maintainers.'
        : `Wrote ${printable(file)}. Read it before you send it.`,
    );
  }
  return report.ok ? EXIT.ok : EXIT.failed;
}

export function addVerify(program: Command, context: Context): Command {
  const command = program
    .command('verify')
    .summary('check what this package assumes about the Portal')
    .description(
      `Compares the Portal with the assumptions of this package, which was built from public sources only. Sends at most ${REQUEST_NAMES.length} GET requests, one at a time, and changes nothing. Two of them have no token, and one has an invented token. Exits with 1 if a check differs.`,
    )
    .option(
      '--token-2-env-var <name>',
      'variable with the second token of the environment',
      variableName,
    )
    .option('-o, --output <file>', 'write a report that you can send to the maintainers')
    .action(async (values: VerifyValues) => {
      context.exitCode = await run(values, context);
    });
  const withToken = options.addTokenOptions(command);
  return options.addExamples(options.addExchangeOptions(withToken, context.io), {
    'quix-auth verify': 'the Portal that the settings name',
    'quix-auth verify --token-2-env-var TOKEN_2 --output report.json':
      'also compare the two tokens, and write a report',
  });
}
