import { X509Certificate } from 'node:crypto';
import { z } from 'zod';

/** Largest certificate or key set by value, in characters. */
const MAX_LENGTH = 16_384;

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) })).min(1) });

/**
 * The public keys that an application registers: a certificate in PEM, or a JSON Web Key Set (RFC 7517), by its https
 * address or by value. Secret and private keys are refused, because everybody who may look at applications would see
 * them.
 */
export const registeredCertificate = z
  .strictObject({ type: z.enum(['JWKS', 'PEM']), value: z.string().max(MAX_LENGTH) })
  .superRefine(({ type, value }, context) => {
    const message = type === 'JWKS' ? keySetProblem(value) : certificateProblem(value);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['value'], message });
  });

function keySetProblem(value: string): string | undefined {
  if (!value.trimStart().startsWith('{'))
    return isHttps(value) ? undefined : 'this has to be an https address, or a JSON Web Key Set';
  const parsed = keySet.safeParse(jsonOf(value));
  if (!parsed.success) return 'this is not a JSON Web Key Set of public keys (RSA, EC or OKP)';
  return parsed.data.keys.some((key) => 'd' in key) ? 'a private key must not be registered' : undefined;
}

function certificateProblem(value: string): string | undefined {
  try {
    return new X509Certificate(value).subject === undefined ? 'this certificate has no subject' : undefined;
  } catch {
    return 'this is not a certificate in PEM';
  }
}

const isHttps = (value: string) => URL.canParse(value) && new URL(value).protocol === 'https:';

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
