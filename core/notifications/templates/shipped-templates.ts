import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { token } from '#core/kernel';
import { CHANNELS, type Channel } from '../provider.js';
import type { Template } from './template.js';

/** Injection token of the templates that ship with the server. */
export const ShippedTemplatesToken = token<ShippedTemplates>('notifications.shipped-templates');

/** Long texts are written as lists of lines. */
const text = z.union([z.string(), z.array(z.string()).transform((lines) => lines.join('\n'))]);
const locales = <T extends z.ZodType>(template: T) => z.record(z.string().regex(/^[a-z]{2}_[A-Z]{2}$/), template);

const email = z
  .strictObject({
    contentType: z.enum(['text/html', 'text/plain']),
    subject: z.string().min(1),
    body: text,
    footer: text.default(''),
  })
  .readonly();
const sms = z
  .strictObject({ body: text })
  .transform(({ body }) => ({ contentType: 'text/plain', subject: '', body, footer: '' }));

/** A file of `config/notifications/<channel>`, named by the template type: templates by locale. */
const files = { EMAIL: locales(email), SMS: locales(sms) } as const;

interface ShippedType {
  readonly name: string;
  readonly templates: readonly Template[];
}

/** Template types that ship with the server as data, by channel. */
export class ShippedTemplates {
  #types: ReadonlyMap<Channel, ReadonlyMap<string, ShippedType>> = new Map();

  /** @param folder `config/`, with `notifications/` in it */
  constructor(private readonly folder: string) {}

  /** Reads the files. Throws when one is not as it should be: the server does not start without. */
  load(): void {
    this.#types = new Map(CHANNELS.map((channel) => [channel, readChannel(this.folder, channel)]));
  }

  /** Names of the types of a channel. */
  names(channel: Channel): string[] {
    return [...(this.#types.get(channel)?.values() ?? [])].map(({ name }) => name);
  }

  /** A type by its name, whatever its case. */
  find(channel: Channel, name: string): ShippedType | undefined {
    return this.#types.get(channel)?.get(name.toLowerCase());
  }
}

function readChannel(folder: string, channel: Channel): ReadonlyMap<string, ShippedType> {
  const place = join(folder, 'notifications', channel.toLowerCase());
  const found = readdirSync(place).filter((file) => file.endsWith('.json'));
  return new Map(
    found.sort().map((file) => {
      const byLocale = files[channel].parse(JSON.parse(readFileSync(join(place, file), 'utf8')));
      const templates = Object.entries(byLocale).map(([locale, template]) => ({ locale, ...template }));
      const name = file.slice(0, -'.json'.length);
      return [name.toLowerCase(), { name, templates }];
    }),
  );
}
