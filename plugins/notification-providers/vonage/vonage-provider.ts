import { z } from 'zod';
import { GatehouseError, secretText } from '#core/kernel';
import type { MessageGateway, NotificationMessage, NotificationProvider, ProviderSender } from '#core/notifications';
import { UndeliverableError } from '#core/persistence';

const text = z.string().min(1);

/** Properties of a sender by Vonage, as the senders API writes them. */
const vonageProperties = z.object({
  providerURL: z.url({ protocol: /^https?$/ }).default('https://rest.nexmo.com/sms/json'),
  key: text,
  secret: secretText().min(1),
  sender: text,
});

type VonageProperties = z.output<typeof vonageProperties>;

/** The answer has status 200 whatever has become of the message. */
const answerSchema = z.object({ messages: z.array(z.object({ status: z.string() })).min(1) });

/** Throttled, credentials refused, fault of the service, no balance: may pass. */
const passing = new Set(['1', '4', '5', '9']);

/** Sends SMS by the SMS API of Vonage (once Nexmo). */
export class VonageProvider implements NotificationProvider<VonageProperties> {
  readonly channel = 'SMS';
  readonly type = 'Vonage';
  readonly displayName = 'Vonage';
  readonly authentication = ['NONE'] as const;
  readonly properties = vonageProperties;

  /** @param timeout milliseconds for a whole answer */
  constructor(
    private readonly gateway: MessageGateway,
    private readonly timeout: number,
  ) {}

  async send({ to, body }: NotificationMessage, { properties }: ProviderSender<VonageProperties>): Promise<void> {
    const { providerURL: url, key, secret, sender } = properties;
    const form = new URLSearchParams({
      api_key: key,
      api_secret: secret,
      to: to.replace(/\D/g, ''),
      from: sender,
      text: body,
      ...(/^[\x20-\x7e\n]*$/.test(body) ? {} : { type: 'unicode' }),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const request = { url, method: 'POST', headers, body: form.toString(), timeout: this.timeout } as const;
    checkAnswer(await this.gateway.send(request, { type: 'NONE' }));
  }
}

function checkAnswer(answer: string): void {
  const failed = statusesIn(answer).find((status) => status !== '0');
  if (failed === undefined) return;
  const reason = `Vonage has not taken the message: status ${failed}`;
  throw passing.has(failed) ? new GatehouseError('gateway_failed', reason) : new UndeliverableError(reason);
}

function statusesIn(answer: string): readonly string[] {
  try {
    return answerSchema.parse(JSON.parse(answer)).messages.map(({ status }) => status);
  } catch (cause) {
    throw new GatehouseError('gateway_failed', 'Vonage has given an answer that is none', { cause });
  }
}
