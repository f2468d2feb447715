import { equalInConstantTime, sha256Base64Url } from '#core/crypto';
import { type CodeRecord, OAuthError } from '#core/oauth';

const verifierPattern = /^[A-Za-z0-9._~-]{43,128}$/;

/** Checks the code verifier (RFC 7636 §4.6). Throws OAuthError `invalid_grant`. */
export function checkVerifier(code: CodeRecord, verifier: string | undefined, mandatory: boolean): void {
  if (code.codeChallenge === undefined) {
    if (mandatory)
      throw new OAuthError(
        'invalid_grant',
        'No PKCE code verifier found.PKCE is mandatory for this oAuth 2.0 application.',
      );
    // A verifier without a challenge is the sign of a downgrade (RFC 9700 §4.8.2).
    if (verifier !== undefined) throw new OAuthError('invalid_grant', 'PKCE validation failed');
    return;
  }
  if (verifier === undefined) {
    throw new OAuthError(
      'invalid_grant',
      'Empty PKCE code_verifier sent. This authorization code requires a PKCE verification to obtain an access token.',
    );
  }
  if (!verifierPattern.test(verifier))
    throw new OAuthError('invalid_grant', 'Code verifier used is not up to RFC 7636 specifications.');
  const challenge = code.codeChallengeMethod === 'S256' ? sha256Base64Url(verifier) : verifier;
  if (!equalInConstantTime(challenge, code.codeChallenge))
    throw new OAuthError('invalid_grant', 'PKCE validation failed');
}
