import { createPrivateKey, type webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { BootError } from '#core/kernel';

const DAY_MS = 86_400_000;
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const ec = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A key pair with a certificate, as PEM. */
export interface KeyMaterial {
  readonly privateKey: string;
  readonly certificate: string;
}

/** What TLS needs. */
export interface TlsMaterial extends KeyMaterial {
  /** The authority that people can trust once for all. */
  readonly authority: string;
}

const pem = (label: string, der: ArrayBuffer) =>
  `-----BEGIN ${label}-----\n${(
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n')}\n-----END ${label}-----\n`;

const privatePem = async (key: webcrypto.CryptoKey) => pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', key));

/** Loaded only when a certificate has to be made: not at an ordinary start. */
const x509 = () => import('@peculiar/x509');

/** Makes a key pair for signing tokens, with a self-signed certificate that names the organization. */
export async function createSigningMaterial(
  algorithm: 'RS256' | 'ES256',
  commonName: string,
  now: number,
): Promise<KeyMaterial> {
  const { X509CertificateGenerator } = await x509();
  const signing = algorithm === 'RS256' ? rsa : ec;
  const keys = (await crypto.subtle.generateKey(signing, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName.replace(/[^\w .-]/g, '_')}`,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 3650 * DAY_MS),
    keys,
    signingAlgorithm: signing,
  });
  return { privateKey: await privatePem(keys.privateKey), certificate: certificate.toString('pem') };
}

/**
 * The server certificate in `tls/` of the data folder, made by a local authority (also made there) when there is none,
 * when the host name is not in it, or when it ends within 30 days.
 */
export async function ensureTlsMaterial(dataFolder: string, hostname: string, now: number): Promise<TlsMaterial> {
  const folder = join(dataFolder, 'tls');
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  if (['ca.pem', 'server.pem', 'server.key'].every((name) => existsSync(join(folder, name)))) {
    const certificate = read('server.pem');
    const parsed = parsedCertificate(certificate, join(folder, 'server.pem'));
    const named = isIP(hostname) ? parsed.checkIP(hostname) : parsed.checkHost(hostname);
    if (named && Date.parse(parsed.validTo) > now + 30 * DAY_MS)
      return { privateKey: read('server.key'), certificate, authority: read('ca.pem') };
  }
  return createTlsMaterial(folder, hostname, now);
}

function parsedCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new BootError(`${file} is not a certificate; remove it to have a new one made`, { cause });
  }
}

/** The local authority: certificate as PEM, and the key to sign with. */
interface Authority {
  readonly certificate: string;
  readonly subject: string;
  readonly signingKey: webcrypto.CryptoKey;
}

/** The authority of the data folder, made when there is none or it has less than two years left. Whoever trusts it goes on trusting it. */
async function ensureAuthority(folder: string, now: number): Promise<Authority> {
  const [file, keyFile] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
  if (existsSync(file) && existsSync(keyFile)) {
    const certificate = readFileSync(file, 'utf8');
    const { validTo } = parsedCertificate(certificate, file);
    if (Date.parse(validTo) > now + 730 * DAY_MS) {
      const der = createPrivateKey(readFileSync(keyFile, 'utf8')).export({ type: 'pkcs8', format: 'der' });
      const signingKey = await crypto.subtle.importKey('pkcs8', der, ec, false, ['sign']);
      const { X509Certificate: Certificate } = await x509();
      return { certificate, subject: new Certificate(certificate).subject, signingKey };
    }
  }
  return createAuthority(folder, now);
}

async function createAuthority(folder: string, now: number): Promise<Authority> {
  const { X509CertificateGenerator, BasicConstraintsExtension, KeyUsagesExtension, KeyUsageFlags } = await x509();
  const keys = (await crypto.subtle.generateKey(ec, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const made = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Gatehouse local authority',
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 3650 * DAY_MS),
    keys,
    signingAlgorithm: ec,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const certificate = made.toString('pem');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'ca.key'), await privatePem(keys.privateKey), { mode: 0o600 });
  writeFileSync(join(folder, 'ca.pem'), `${certificate}\n`);
  return { certificate, subject: made.subject, signingKey: keys.privateKey };
}

async function createTlsMaterial(folder: string, hostname: string, now: number): Promise<TlsMaterial> {
  const authority = await ensureAuthority(folder, now);
  const {
    X509CertificateGenerator,
    BasicConstraintsExtension,
    KeyUsagesExtension,
    KeyUsageFlags,
    ExtendedKeyUsageExtension,
    SubjectAlternativeNameExtension,
  } = await x509();
  const keys = (await crypto.subtle.generateKey(ec, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const names = [...new Set([hostname, 'localhost', '127.0.0.1', '::1'])];
  const server = await X509CertificateGenerator.create({
    subject: `CN=${hostname}`,
    issuer: authority.subject,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 397 * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: authority.signingKey,
    signingAlgorithm: ec,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
    ],
  });
  const privateKey = await privatePem(keys.privateKey);
  const certificate = server.toString('pem');
  writeFileSync(join(folder, 'server.key'), privateKey, { mode: 0o600 });
  writeFileSync(join(folder, 'server.pem'), `${certificate}\n`);
  return { privateKey, certificate, authority: authority.certificate };
}
