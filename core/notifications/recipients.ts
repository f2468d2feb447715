import { masked } from '#core/audit';
import { NotificationError } from './errors.js';
import type { Channel } from './provider.js';

/** No list, no name, no comment, no quotes: one plain address, so that nothing of it can become a second recipient. */
const part = '[^\\s@<>()[\\],;:\\\\"\\p{Cc}]';
const patterns: Readonly<Record<Channel, RegExp>> = {
  EMAIL: new RegExp(`^${part}{1,64}@${part}{1,255}$`, 'u'),
  SMS: /^\+?\d[\d ()./-]{2,30}$/,
};

/** Whether a text is one plain e-mail address. */
export const isEmailAddress = (text: string): boolean => patterns.EMAIL.test(text);

/** The address without spaces around it. Throws NotificationError when it is none of the channel. */
export function checkedAddress(channel: Channel, address: string): string {
  const plain = address.trim();
  if (!patterns[channel].test(plain))
    throw new NotificationError('invalid_recipient', `The recipient has no address for ${channel} that can be used.`);
  return plain;
}

/** An address as it may be shown: `b*****b@example.com`. */
export function maskedAddress(channel: Channel, address: string): string {
  if (channel !== 'EMAIL') return masked(address);
  const at = address.lastIndexOf('@');
  return masked(address.slice(0, at)) + address.slice(at);
}
