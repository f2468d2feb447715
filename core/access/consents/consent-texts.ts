import { z } from 'zod';

const MOST_PROPERTIES = 50;
const MOST_BYTES = 30_000;

/** A text of at most so many characters. No control characters: not every database can keep them. */
export const textUpTo = (most: number) =>
  z
    .string()
    .max(most)
    .refine((text) => !hasControls(text), { message: 'it has control characters' });

/** A text that is not empty. */
export const nameUpTo = (most: number) =>
  textUpTo(most)
    .min(1)
    .refine((text) => text.trim() !== '', { message: 'it is blank' });

/** Lines are allowed. */
const hasControls = (text: string) => /[\p{Cc}]/u.test(text.replace(/[\t\r\n]/g, ''));

/** Free properties: up to 50 texts, 30,000 bytes in all. */
export const freeProperties = z
  .record(nameUpTo(255), textUpTo(4000))
  .refine((given) => Object.keys(given).length <= MOST_PROPERTIES, { message: `more than ${MOST_PROPERTIES}` })
  .refine((given) => Buffer.byteLength(JSON.stringify(given)) <= MOST_BYTES, {
    message: `more than ${MOST_BYTES} bytes`,
  });

/** A description. */
export const description = textUpTo(1024);
