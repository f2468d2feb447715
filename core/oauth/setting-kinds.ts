import { z } from 'zod';
import { duration, flag } from '#core/kernel';

/** What the keys of `[oauth]` are made of. */

/** A switch that is on unless the operator says otherwise. */
export const on = (text: string) => flag().prefault(true).describe(text);
/** A switch that is off unless the operator says otherwise. */
export const off = (text: string) => flag().prefault(false).describe(text);
/** A life time. */
export const life = (usual: string, text: string) => duration('s').prefault(usual).describe(text);
/** A list of words. */
export const words = (usual: string[], text: string) => z.array(z.string()).default(usual).describe(text);

/** A list of some of the words that are known; at least one. */
export const choices = (known: string[], usual: string[], text: string) =>
  z
    .array(z.enum(known, { error: `this is not supported; known: ${known.join(', ')}` }))
    .min(1)
    .default(usual)
    .describe(text);

/** A key of the published configuration that this server cannot honour: refused with the reason, never passed over. */
export const refused = (reason: string) => z.never({ error: reason }).optional().describe(`Not supported: ${reason}`);

/** A switch of the published configuration that stands where it stands: its own value is taken, the other one refused with the reason. */
export const fixed = (value: boolean, reason: string) =>
  flag()
    .refine((given) => given === value, { error: reason })
    .optional()
    .describe(`Always ${value}: ${reason}`);
