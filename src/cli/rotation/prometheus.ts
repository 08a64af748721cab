import * as v from 'valibot';
import { fetchJson, FetchError, type FetchOptions } from './fetch-json.ts';
import { TOKEN_NOT_READ, type Instance, type InstanceLogins } from './instance.ts';
import { shownUrl } from './services.ts';
import type { QuixEnvironment } from './tokens.ts';

/** Prometheus' HTTP API, and the login for it. */
export interface PrometheusServer {
  readonly url: URL;
  readonly authorization?: string | undefined;
}

/** Metrics of examples/observability. One query returns all of them. */
const METRICS = [
  'quix_token_info',
  'quix_fallback_token_info',
  'quix_logins_total',
  'quix_last_login_timestamp_seconds',
  'quix_token_rejected_timestamp_seconds',
] as const;

/** Labels of the metrics themselves. All other labels identify the instance. */
const OWN_LABELS = ['__name__', 'source', 'kind', 'fingerprint', 'workspace', 'outcome'];

/**
 * Returns the query for targets without a token now, in jobs that have reported a token within a
 * day. The result includes targets that are down.
 */
function silentTargets(environment: QuixEnvironment | undefined): string {
  const names = environment ? ['', environment.id, environment.name ?? ''] : undefined;
  // Prometheus uses RE2, which allows a backslash before each ASCII character outside of \w.
  const escaped = names?.map((name) => name.replace(/[^\w\u0080-\uffff]/g, '\\$&')).join('|');
  const matcher = escaped === undefined ? '' : `{workspace=~${JSON.stringify(escaped)}}`;
  return `up and on (job) last_over_time(quix_token_info${matcher}[1d]) unless on (job, instance) quix_token_info`;
}

const responseSchema = v.object({
  status: v.literal('success'),
  data: v.object({
    resultType: v.literal('vector'),
    result: v.array(
      v.object({
        metric: v.record(v.string(), v.string()),
        value: v.tuple([v.number(), v.string()]),
      }),
    ),
  }),
});

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

async function query(
  { url, authorization }: PrometheusServer,
  expression: string,
  options: FetchOptions,
): Promise<Sample[]> {
  const target = new URL(url);
  target.pathname = `${target.pathname.replace(/\/$/, '')}/api/v1/query`;
  target.searchParams.set('query', expression);
  const { status, json } = await fetchJson(target, { ...options, authorization });
  const { success, output } = v.safeParse(responseSchema, json);
  if (!success) throw new FetchError(`does not return the result of a query (status ${status})`);
  return output.data.result.map(({ metric, value: [, value] }) => ({
    labels: metric,
    value: Number(value),
  }));
}

/** Whether a label `workspace` may be the environment. It is empty until the first exchange. */
const mayBelongTo = (environment: QuixEnvironment | undefined, workspace: string): boolean =>
  !environment || ['', environment.id, environment.name].includes(workspace);

/** Returns the labels that identify an instance, as one text. */
const identityOf = ({ labels }: Sample): string =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([name]) => !OWN_LABELS.includes(name))
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );

function nameOf({ labels }: Sample): string {
  const { pod, job, instance } = labels;
  return pod ?? [job, instance].filter(Boolean).join('/');
}

const isMetric =
  (name: (typeof METRICS)[number]) =>
  ({ labels }: Sample): boolean =>
    labels['__name__'] === name;

/** Converts the samples of one instance. */
function toInstance(token: Sample, samples: readonly Sample[], foundIn: string): Instance {
  const find = (name: (typeof METRICS)[number], outcome?: string): Sample | undefined =>
    samples.filter(isMetric(name)).find(({ labels }) => labels['outcome'] === outcome);
  const { fingerprint = '', source, workspace } = token.labels;
  const accepted = find('quix_logins_total', 'accepted')?.value;
  const refused = find('quix_logins_total', 'refused')?.value;
  const ended = find('quix_logins_total', 'ended')?.value ?? 0;
  const lastAccepted = find('quix_last_login_timestamp_seconds', 'accepted')?.value ?? 0;
  const lastRefused = find('quix_last_login_timestamp_seconds', 'refused')?.value ?? 0;
  const logins: InstanceLogins | undefined =
    accepted === undefined || refused === undefined
      ? undefined
      : { accepted, refused, ended, areRefused: lastRefused > lastAccepted };
  const isRejected = samples
    .filter(isMetric('quix_token_rejected_timestamp_seconds'))
    .some(({ labels }) => labels['fingerprint'] === fingerprint);
  return {
    name: nameOf(token),
    foundIn,
    ...(fingerprint === '' && TOKEN_NOT_READ),
    fingerprint: fingerprint === '' ? undefined : fingerprint,
    source,
    fallbackFingerprint: find('quix_fallback_token_info')?.labels['fingerprint'],
    workspace: workspace === '' ? undefined : workspace,
    logins,
    hasRejectedToken: isRejected,
  };
}

const SILENT_TARGET = {
  problem:
    'has no token of this target now, but has had a token of the same job within the last day',
  remedy: 'Check that the instance is running, and that Prometheus scrapes its metrics.',
};

/**
 * Returns an instance for each target of Prometheus that reports a token of the environment, or did
 * so within a day. Without an environment, returns the instances of all environments.
 */
export async function askPrometheus(
  server: PrometheusServer,
  environment: QuixEnvironment | undefined,
  options: FetchOptions,
): Promise<Instance[]> {
  const foundIn = shownUrl(server.url);
  try {
    const [samples, silent] = await Promise.all([
      query(server, `{__name__=~"${METRICS.join('|')}"}`, options),
      query(server, silentTargets(environment), options),
    ]);
    const groups = new Map<string, Sample[]>();
    for (const sample of samples) {
      const identity = identityOf(sample);
      groups.set(identity, [...(groups.get(identity) ?? []), sample]);
    }
    const instances = [...groups.values()].flatMap((group) =>
      group
        .filter(isMetric('quix_token_info'))
        .filter(({ labels: { workspace = '' } }) => mayBelongTo(environment, workspace))
        .map((token) => toInstance(token, group, foundIn)),
    );
    return [
      ...instances,
      ...silent.map((target) => ({ name: nameOf(target), foundIn, ...SILENT_TARGET })),
    ];
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    const remedy = 'Check the URL of Prometheus and the login for it.';
    return [{ name: 'Prometheus', foundIn, problem: error.message, remedy }];
  }
}
