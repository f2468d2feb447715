import { z } from 'zod';
import { fixed } from '#core/oauth';

/** `[oauth.grant_type.ciba]` */
export const configSchema = z.strictObject({
  allow_public_client: fixed(false, 'a client without a secret must not send questions to people (CIBA Core §5)'),
});
