import { z } from 'zod';
import { flag } from '#core/kernel';

/** `[oauth.grant_type.organization_switch]` */
export const configSchema = z.strictObject({
  allow_public_client: flag().prefault(true).describe('Whether clients without a secret may use the grant'),
});
