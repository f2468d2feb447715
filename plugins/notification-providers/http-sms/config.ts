import { z } from 'zod';
import { duration } from '#core/kernel';

/** `[notification_channel.sms.custom]` */
export const configSchema = z.strictObject({
  connection_timeout: duration('ms').prefault(5000).describe('How long the connection to a gateway may take to stand'),
  connection_read_timeout: duration('ms').prefault(20_000).describe('How long the gateway may then take to answer'),
});

/** Parsed settings. */
export type HttpSmsConfig = z.output<typeof configSchema>;
