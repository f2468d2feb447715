import { z } from 'zod';
import type { VersionElement } from './purpose-version.service.js';

/** Access to purposes and their versions. */
export const purposeScope = (name: string) => ({
  access: { scopes: [`internal_consent_mgt_purpose_${name}`] },
  cors: true,
});

/** Elements of a version to be. */
export const elementsBody = z
  .array(z.object({ id: z.string(), mandatory: z.boolean().default(false) }))
  .max(200)
  .default([]);

/** Properties of a version. */
export const propertiesAnswer = z.record(z.string(), z.string()).nullable();

/** Elements of a version. */
export const elementsAnswer = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    displayName: z.string().nullable(),
    description: z.string().nullable(),
    mandatory: z.boolean(),
  }),
);

/** Elements of a version. */
export function shownElements(elements: readonly VersionElement[]): z.input<typeof elementsAnswer> {
  return elements.map(({ element: { id, name, displayName, description }, mandatory }) => {
    return { id, name, displayName, description, mandatory };
  });
}
