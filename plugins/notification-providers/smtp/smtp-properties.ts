import { z } from 'zod';
import { isEmailAddress } from '#core/notifications';

const address = z.string().refine(isEmailAddress, { error: 'expected an e-mail address' });
const onOneLine = z.string().regex(/^\P{Cc}*$/u, { error: 'expected one line' });

/** Properties of a sender by SMTP, as the senders API writes them. */
export const smtpProperties = z.object({
  smtpServerHost: z
    .string({ error: 'expected the name of the mail server' })
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,253}[A-Za-z0-9])?$/, { error: 'expected a host name or an address' }),
  smtpPort: z
    .string()
    .regex(/^\d{1,5}$/, { error: 'expected a port' })
    .default('25')
    .transform(Number)
    .pipe(z.int().min(1).max(65_535)),
  fromAddress: address,
  'mail.smtp.starttls.enable': z
    .enum(['true', 'false'], { error: 'expected true or false' })
    .default('true')
    .transform((text) => text === 'true'),
  /** Name that recipients see beside the address. */
  'mail.smtp.signature': onOneLine.default(''),
  'mail.smtp.replyTo': address.optional(),
  /** For CLIENT_CREDENTIAL, whose token does not say whose mailbox it is for. */
  userName: onOneLine.optional(),
});

/** Properties as the provider sends with. */
export type SmtpProperties = z.output<typeof smtpProperties>;
