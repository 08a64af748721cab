import * as v from 'valibot';
import { fetchJson, FetchError, type FetchOptions } from './fetch-json.ts';
import { TOKEN_NOT_READ, type Instance, type InstanceLogins } from './instance.ts';
import { shownUrl, type Service } from './services.ts';

const time = v.pipe(v.string(), v.isoTimestamp());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const token = v.object({
  source: v.string(),
  fingerprint: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/))),
});

/** The part of the result of `describe()` that this command uses. Older versions send less. */
const descriptionSchema = v.object({
  state: v.string(),
  portal: v.string(),
  token: v.optional(token),
  tokenInUseSince: v.optional(time),
  fallbackToken: v.optional(token),
  workspaceId: v.optional(v.string()),
  obtainedAt: v.optional(time),
  lastError: v.optional(v.object({ code: v.string(), at: time })),
  logins: v.optional(
    v.object({
      accepted: count,
      refused: count,
      ended: v.optional(count, 0),
      lastAcceptedAt: v.optional(time),
      lastRefusedAt: v.optional(time),
      lastRefusal: v.optional(v.string()),
    }),
  ),
});

type Description = v.InferOutput<typeof descriptionSchema>;

/** Levels of a JSON document that are searched. */
const MAX_DEPTH = 4;

/** Returns each result of `describe()` in a JSON document, with the path of its keys. */
function findDescriptions(
  json: unknown,
  path: readonly string[] = [],
): { path: string; description: Description }[] {
  const { success, output } = v.safeParse(descriptionSchema, json);
  if (success) return [{ path: path.join('.'), description: output }];
  if (typeof json !== 'object' || json === null || path.length >= MAX_DEPTH) return [];
  return Object.entries(json).flatMap(([key, value]) => findDescriptions(value, [...path, key]));
}

/** Whether a time is later than another one, which may be unknown. */
const isLater = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && Date.parse(one) > (other === undefined ? 0 : Date.parse(other));

function toLogins({ logins }: Description): InstanceLogins | undefined {
  if (!logins) return undefined;
  const { accepted, refused, ended, lastAcceptedAt, lastRefusedAt, lastRefusal } = logins;
  const areRefused = isLater(lastRefusedAt, lastAcceptedAt);
  return { accepted, refused, ended, areRefused, reason: lastRefusal };
}

/** Whether the last error is a rejected token, and no later exchange succeeded. */
function hasRejectedToken({ lastError, obtainedAt, tokenInUseSince }: Description): boolean {
  if (lastError?.code !== 'QUIX_TOKEN_REJECTED') return false;
  return isLater(lastError.at, obtainedAt) && isLater(lastError.at, tokenInUseSince);
}

/** Problem of an instance that uses a local broker instead of a token. */
const NO_TOKEN = {
  problem: 'reports no token, because the instance uses the broker in Quix__Broker__Address',
  remedy: 'Remove the instance from the command line, because a rotation does not affect it.',
};

const NO_DESCRIPTION_REMEDY =
  'Check that the instance is running. Its URL has to return JSON that contains the result of describe(), without a login or a redirect.';

function toInstance(name: string, foundIn: string, description: Description): Instance {
  const { token: used, fallbackToken, tokenInUseSince: since, workspaceId } = description;
  const problem = used ? used.fingerprint === undefined && TOKEN_NOT_READ : NO_TOKEN;
  return {
    name,
    foundIn,
    ...problem,
    fingerprint: used?.fingerprint,
    source: used?.source,
    fallbackFingerprint: fallbackToken?.fingerprint,
    since: since === undefined ? undefined : new Date(since),
    workspace: workspaceId,
    logins: toLogins(description),
    hasRejectedToken: hasRejectedToken(description),
  };
}

/**
 * Requests the health URL of a service. Returns one instance for each result of `describe()` in the
 * response. A process with several clients may return several results.
 */
export async function askService(
  { name, url }: Service,
  options: FetchOptions,
): Promise<Instance[]> {
  const foundIn = shownUrl(url);
  try {
    const { status, json } = await fetchJson(url, options);
    const found = findDescriptions(json);
    if (found.length === 0) {
      throw new FetchError(`returns JSON without the result of describe() (status ${status})`);
    }
    return found.map(({ path, description }) =>
      toInstance(found.length > 1 ? `${name} (${path})` : name, foundIn, description),
    );
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    return [{ name, foundIn, problem: error.message, remedy: NO_DESCRIPTION_REMEDY }];
  }
}
