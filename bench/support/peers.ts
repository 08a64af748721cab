/** What this package is compared with, and what it and the programs of the bench need, pinned. */
export const PEERS = {
  '@aws-sdk/credential-providers': '3.1175.0',
  '@azure/identity': '4.13.1',
  '@octokit/auth-app': '8.3.1',
  '@smithy/property-provider': '4.5.2',
  'aws-msk-iam-sasl-signer-js': '1.0.3',
  eventemitter3: '5.0.4',
  'google-auth-library': '10.9.1',
  jose: '6.2.18',
  msw: '2.15.0',
  oauth4webapi: '3.8.8',
  'openid-client': '6.9.0',
  undici: '7.30.2',
} as const;
