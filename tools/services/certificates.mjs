import { KeyObject, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata';

const ec = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/**
 * Makes an authority and a certificate by it for `localhost` and an IP address, good for a month. Writes `ca.pem`,
 * `server.pem` and `server.key` (PKCS #8) into the folder and returns the three paths. The key of the authority is not kept.
 */
export async function makeCertificates(folder, address) {
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  const [authority, server] = await Promise.all([generateKeys(), generateKeys()]);
  const issue = (subject, keys, extensions) =>
    x509.X509CertificateGenerator.create({
      subject,
      issuer: 'CN=Authority of the test directories',
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + 30 * DAY_MS),
      publicKey: keys.publicKey,
      signingKey: authority.privateKey,
      signingAlgorithm: ec,
      extensions,
    });
  const { keyCertSign, digitalSignature } = x509.KeyUsageFlags;
  const names = [
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: address },
  ];
  const root = await issue('CN=Authority of the test directories', authority, [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(keyCertSign, true),
  ]);
  const leaf = await issue('CN=localhost', server, [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(names),
  ]);
  const write = (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: name.endsWith('.key') ? 0o600 : 0o644 });
    return path;
  };
  return {
    caFile: write('ca.pem', root.toString('pem')),
    certificateFile: write('server.pem', leaf.toString('pem')),
    keyFile: write('server.key', KeyObject.from(server.privateKey).export({ type: 'pkcs8', format: 'pem' })),
  };
}

function generateKeys() {
  return webcrypto.subtle.generateKey(ec, true, ['sign', 'verify']);
}
