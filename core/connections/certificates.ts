import { X509Certificate } from 'node:crypto';

const PEM = /-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/;
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

/** A certificate as clients write it: in PEM, or in base64 of PEM or of DER. Undefined when it is none. */
export function certificateOf(text: string): X509Certificate | undefined {
  const plain = PEM.exec(text)?.[0];
  if (plain !== undefined) return parsed(plain);
  if (!BASE64.test(text)) return undefined;
  const decoded = Buffer.from(text, 'base64');
  return parsed(PEM.exec(decoded.toString('latin1'))?.[0] ?? decoded);
}

function parsed(certificate: string | Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(certificate);
  } catch {
    return undefined;
  }
}
