import { z } from 'zod';
import { secretText } from '#core/kernel';
import type { MessageGateway, NotificationMessage, NotificationProvider, ProviderSender } from '#core/notifications';

const text = z.string().min(1);

/** Properties of a sender by Twilio, as the senders API writes them. */
const twilioProperties = z.object({
  providerURL: z.url({ protocol: /^https?$/ }).default('https://api.twilio.com'),
  /** Account SID. */
  key: z.string({ error: 'expected the Account SID' }).regex(/^\w+$/, { error: 'expected the Account SID' }),
  /** Auth token. */
  secret: secretText().min(1),
  sender: text,
});

type TwilioProperties = z.output<typeof twilioProperties>;

/** Sends SMS by the Messages resource of Twilio, version 2010-04-01. */
export class TwilioProvider implements NotificationProvider<TwilioProperties> {
  readonly channel = 'SMS';
  readonly type = 'Twilio';
  readonly displayName = 'Twilio';
  readonly authentication = ['NONE'] as const;
  readonly properties = twilioProperties;

  /** @param timeout milliseconds for a whole answer */
  constructor(
    private readonly gateway: MessageGateway,
    private readonly timeout: number,
  ) {}

  async send({ to, body }: NotificationMessage, { properties }: ProviderSender<TwilioProperties>): Promise<void> {
    const { providerURL, key, secret, sender } = properties;
    const request = {
      url: new URL(`/2010-04-01/Accounts/${key}/Messages.json`, providerURL).href,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ To: inE164(to), From: sender, Body: body }).toString(),
      timeout: this.timeout,
    } as const;
    await this.gateway.send(request, { type: 'BASIC', username: key, password: secret });
  }
}

/** Numbers without what people write for their eyes. */
const inE164 = (number: string) => number.replace(/[^\d+]/g, '');
