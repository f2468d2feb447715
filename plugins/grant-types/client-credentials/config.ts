import { z } from 'zod';
import { fixed } from '#core/oauth';

/** `[oauth.grant_type.client_credentials]` */
export const configSchema = z.strictObject({
  allow_public_client: fixed(false, 'a client without a secret cannot act for itself (RFC 6749 §4.4)'),
  allow_refresh_tokens: fixed(false, 'a client that acts for itself can always ask anew (RFC 6749 §4.4.3)'),
  allow_id_token: fixed(false, 'there is no user whom an ID token could be about'),
  skip_oidc_claims: fixed(true, 'tokens of applications never have claims about users'),
});
