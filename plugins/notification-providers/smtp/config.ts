import { z } from 'zod';
import { duration } from '#core/kernel';

/** `[notification_provider.smtp]` */
export const configSchema = z.strictObject({
  connection_timeout: duration('ms').prefault('10s').describe('How long a mail server may take to greet'),
  read_timeout: duration('ms').prefault('15s').describe('How long it may be silent in between'),
});

/** Parsed settings. */
export type SmtpConfig = z.output<typeof configSchema>;
