import { z } from 'zod';

/** `[login_portal]` */
export const configSchema = z.strictObject({
  product_name: z.string().trim().min(1).max(60).default('Gatehouse').describe('Name at the top of every page'),
});
