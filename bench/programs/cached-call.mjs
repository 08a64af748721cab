// Prints the processor time of a cached call and of awaiting a resolved promise, measured alternately in
// one process. Each package uses its own cache. Sources that a package needs resolve immediately.
import { generateKeyPairSync } from 'node:crypto';
import process from 'node:process';

const inAnHour = () => Date.now() + 3_600_000;

const packages = {
  async 'quix-streams-auth'() {
    const { QuixStreamingClient } = await import('quix-streams-auth');
    const client = new QuixStreamingClient();
    return () => client.getBrokerCredentials();
  },
  async '@azure/identity'() {
    const { getBearerTokenProvider } = await import('@azure/identity');
    const source = {
      getToken: () => Promise.resolve({ token: 'none', expiresOnTimestamp: inAnHour() }),
    };
    return getBearerTokenProvider(source, 'scope');
  },
  async 'google-auth-library'() {
    const { OAuth2Client } = await import('google-auth-library');
    const client = new OAuth2Client();
    client.setCredentials({ access_token: 'none', expiry_date: inAnHour() });
    return () => client.getAccessToken();
  },
  async '@smithy/property-provider'() {
    const { memoize } = await import('@smithy/property-provider');
    const expiration = new Date(inAnHour());
    return memoize(
      () => Promise.resolve({ accessKeyId: 'none', secretAccessKey: 'none', expiration }),
      ({ expiration }) => expiration.getTime() < Date.now(),
      ({ expiration }) => expiration !== undefined,
    );
  },
  async 'aws-msk-iam-sasl-signer-js'() {
    const { generateAuthTokenFromCredentialsProvider } = await import('aws-msk-iam-sasl-signer-js');
    const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
    return () =>
      generateAuthTokenFromCredentialsProvider({
        region: 'eu-west-1',
        awsCredentialsProvider: () => Promise.resolve(credentials),
      });
  },
  async '@octokit/auth-app'() {
    const { createAppAuth } = await import('@octokit/auth-app');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const request = () =>
      Promise.resolve({
        data: {
          token: 'none',
          expires_at: new Date(inAnHour()).toISOString(),
          permissions: {},
          repository_selection: 'all',
        },
        headers: {},
      });
    const auth = createAppAuth({
      appId: 1,
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      request: Object.assign(request, { endpoint: { DEFAULTS: {} } }),
    });
    return () => auth({ type: 'installation', installationId: 1 });
  },
  async 'openid-client'() {
    const oidc = await import('openid-client');
    const config = new oidc.Configuration(
      { issuer: 'https://as.example', token_endpoint: 'https://as.example/token' },
      'id',
      'none',
    );
    config[oidc.customFetch] = () =>
      Promise.resolve(
        Response.json({ access_token: 'none', token_type: 'bearer', expires_in: 3600 }),
      );
    return () => oidc.clientCredentialsGrant(config);
  },
};

/** Returns the processor time of this process since `start`, in nanoseconds. */
function since(start) {
  const { user, system } = process.cpuUsage(start);
  return (user + system) * 1e3;
}

async function timeCalls(call, count) {
  const start = process.cpuUsage();
  for (let i = 0; i < count; i++) await call();
  return since(start) / count;
}

async function timeResolved(promise, count) {
  const start = process.cpuUsage();
  for (let i = 0; i < count; i++) await promise;
  return since(start) / count;
}

const [name, batches = '10'] = process.argv.slice(2);
const call = await packages[name]();
const resolved = Promise.resolve(await call());
// Each batch takes about 50 ms and has at most 100 000 calls. Packages without a cache are much slower.
const roughNs = await timeCalls(call, 500);
const count = Math.max(100, Math.min(100_000, Math.round(5e7 / roughNs)));
await timeCalls(call, count);
await timeResolved(resolved, count);
const samples = [];
for (let batch = 0; batch < Number(batches); batch++) {
  samples.push({
    callNs: await timeCalls(call, count),
    resolvedNs: await timeResolved(resolved, count),
  });
}
process.stdout.write(JSON.stringify(samples));
process.exit();
