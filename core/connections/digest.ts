import { createHash } from 'node:crypto';

/** What a text of any length is compared by in the database: its SHA-256, in hex. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
