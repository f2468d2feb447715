import { z } from 'zod';
import { duration } from '#core/kernel';

/** `[notification_provider.vonage]` */
export const configSchema = z.strictObject({
  timeout: duration('ms').prefault('20s').describe('How long the service may take to answer'),
});
