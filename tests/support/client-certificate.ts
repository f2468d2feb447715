import { type webcrypto, X509Certificate } from 'node:crypto';
import { BasicConstraintsExtension, X509CertificateGenerator } from '@peculiar/x509';

const ec = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/** A certificate with its key. */
export interface ClientCertificate {
  /** Certificate as PEM. */
  readonly cert: string;
  /** PKCS #8 as PEM. */
  readonly key: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly subject: string;
  /** Certificate as base64 of its DER form. */
  readonly der: string;
}

/** Which certificate to make. */
export interface CertificateOptions {
  readonly issuer?: ClientCertificate;
  readonly isAuthority?: boolean;
  /** Days from now; in the past for one that has expired. */
  readonly days?: number;
}

/** Makes a certificate, by itself or by an authority. @param subject distinguished name: `CN=client,O=Acme` */
export async function makeCertificate(subject: string, options: CertificateOptions = {}): Promise<ClientCertificate> {
  const { issuer, isAuthority = false, days = 30 } = options;
  const keys = (await crypto.subtle.generateKey(ec, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: issuer?.subject ?? subject,
    notBefore: new Date(Date.now() - 60 * DAY_MS),
    notAfter: new Date(Date.now() + days * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: ec,
    extensions: [new BasicConstraintsExtension(isAuthority, undefined, true)],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const key = `-----BEGIN PRIVATE KEY-----\n${(pkcs8.match(/.{1,64}/g) ?? []).join('\n')}\n-----END PRIVATE KEY-----\n`;
  const cert = certificate.toString('pem');
  return { cert, key, keys, subject: certificate.subject, der: new X509Certificate(cert).raw.toString('base64') };
}
