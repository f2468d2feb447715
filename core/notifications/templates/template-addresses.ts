import { z } from 'zod';
import type { HttpRequest } from '#core/http';
import { templateErrors } from '../errors.js';
import { localeOf } from './locales.js';
import { typeNameOf } from './template.js';
import type { TypeOf } from './template.service.js';
import type { Part } from './template-requests.js';

/** Address of a template type. The contract's paths are without host: `/t/acme/api/server/v1/...`. */
export const selfOf = ({ organization }: HttpRequest, { base, path }: Pick<Part, 'base' | 'path'>, id: string) =>
  `${organization.prefix}${base}${path}/${id}`;

/** The template type that a path names; not necessarily one that exists. */
export function typeIn({ channel }: Pick<Part, 'channel'>, { organization, params }: HttpRequest): TypeOf {
  return { orgId: organization.id, channel, name: typeNameOf(params['typeId'] ?? '') };
}

/** The locale that a path names, in its usual form. Throws ApiError NTM-60001 when it is none. */
export function localeIn({ params }: HttpRequest): string {
  const found = localeOf(params['locale'] ?? '');
  if (!found) throw templateErrors.invalid('The locale is none: use one such as en_US.');
  return found;
}

/** The application that a path names; empty when it names none. Throws ApiError NTM-60001 when it is no id. */
export function appIn({ params }: HttpRequest): string {
  const { appId } = params;
  if (appId === undefined) return '';
  if (!z.uuid().safeParse(appId).success) throw templateErrors.invalid('The id of the application is no UUID.');
  return appId.toLowerCase();
}
