import 'reflect-metadata'; // @peculiar/x509 needs it to be imported first
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 60 * 60 * 1000;

/** A certificate and its private key, both as PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority that exists for one test run. */
export interface CertificateAuthority {
  /** The certificate of the authority as PEM, for the `ca` option of a client. */
  readonly certificate: string;
  /** Issues a server certificate for host names and addresses. With `expired` it expired yesterday. */
  issue(hosts: readonly string[], options?: { expired?: boolean }): Promise<Identity>;
}

x509.cryptoProvider.set(webcrypto as never);

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

const isAddress = (host: string): boolean => /^[\d.]+$|:/.test(host);

const namesOf = (hosts: readonly string[]): x509.SubjectAlternativeNameExtension =>
  new x509.SubjectAlternativeNameExtension(
    hosts.map((value) => ({ type: isAddress(value) ? ('ip' as const) : ('dns' as const), value })),
  );

/** Creates a server certificate that is signed with its own key. */
export async function createSelfSigned(hosts: readonly string[]): Promise<Identity> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${hosts[0] ?? 'localhost'}`,
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [namesOf(hosts)],
  });
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: `${await exportKey(keys.privateKey)}\n`,
  };
}

export async function createCertificateAuthority(name = 'Test CA'): Promise<CertificateAuthority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const now = Date.now();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(now - 2 * DAY_MS),
    notAfter: new Date(now + 30 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
    ],
  });
  return {
    certificate: `${authority.toString('pem')}\n`,
    async issue(hosts, { expired = false } = {}) {
      const own = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${hosts[0] ?? 'localhost'}`,
        issuer: authority.subject,
        notBefore: new Date(now - 2 * DAY_MS),
        notAfter: new Date(now + (expired ? -DAY_MS : 30 * DAY_MS)),
        signingAlgorithm: ALGORITHM,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        extensions: [namesOf(hosts)],
      });
      return {
        certificate: `${certificate.toString('pem')}\n`,
        key: `${await exportKey(own.privateKey)}\n`,
      };
    },
  };
}
