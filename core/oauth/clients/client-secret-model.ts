import { z } from 'zod';
import { jsonBody } from '#core/http';

/** A secret of a client, as stored. */
export interface StoredClientSecret {
  /** UUID. */
  readonly id: string;
  /** `sha256:<hex>`, or `sealed:<cipher text>` when secrets shall stay readable. */
  readonly value: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /** Seconds since the epoch; 0: it never expires. */
  readonly expiresAt: number;
}

/** `ClientSecretCreationRequest` of the application management API; the body may be left out. */
export const clientSecretRequest = jsonBody(
  z
    .strictObject({
      expiresAt: z.int().optional().describe('Seconds since the epoch; 0 or absent: the secret never expires'),
    })
    .optional(),
);

/** `ClientSecretResponse`. */
export const clientSecretAnswer = z.object({
  secretId: z.string(),
  secretValue: z.string().optional().describe('Right after it was made, and later where secrets are kept readable'),
  expiresAt: z.int().describe('Seconds since the epoch; 0: it never expires'),
  createdAt: z.int().describe('Seconds since the epoch'),
  status: z.enum(['ACTIVE', 'EXPIRED']),
  latest: z.boolean().describe('Whether it is the newest that has not expired, which cannot be deleted'),
});

/** `ClientSecretList`. */
export const clientSecretList = z.object({ count: z.int(), list: z.array(clientSecretAnswer) });
