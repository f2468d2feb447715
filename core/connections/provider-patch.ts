import { v4 as uuid } from 'uuid';
import { InvalidRequestError } from '#core/http';
import { providerErrors } from './errors.js';
import type { ProviderContent, ProviderGroup, ProviderKind } from './identity-provider-model.js';
import { type PatchOperation, type ProviderRequest, providerSchema } from './identity-provider-requests.js';

/** Template of the published clients for identity providers that are trusted for their tokens only. */
const TOKEN_ISSUER_TEMPLATE = 'trusted-token-issuer';

const texts = ['name', 'description', 'image', 'templateId', 'homeRealmIdentifier', 'alias', 'idpIssuerName'] as const;
const flags = ['isEnabled', 'isPrimary', 'isFederationHub'] as const;
const isOneOf = <T extends string>(known: readonly T[], name: string): name is T => known.some((one) => one === name);

/**
 * The content that a request asks for.
 *
 * @param kind what the identity provider is, whatever its template says
 * @param groups those that it has
 */
export function requestedContent(
  request: ProviderRequest,
  kind?: ProviderKind,
  groups: readonly ProviderGroup[] = [],
): ProviderContent {
  const { certificate = {}, claims, implicitAssociation, isEnabled = true, isPrimary = false } = request;
  const known = texts.map((name) => [name, request[name]] as const);
  const isIssuer = request.templateId === TOKEN_ISSUER_TEMPLATE;
  return {
    ...Object.fromEntries(known.filter(([, value]) => value !== undefined && value !== '')),
    name: request.name,
    isEnabled,
    isPrimary,
    kind: kind ?? (isIssuer ? 'TOKEN_ISSUER' : 'IDENTITY_PROVIDER'),
    certificate: {
      ...(certificate.certificates && certificate.certificates.length > 0
        ? { certificates: certificate.certificates }
        : {}),
      ...(certificate.jwksUri ? { jwksUri: certificate.jwksUri } : {}),
    },
    claims: { mappings: [], ...claims, provisioningClaims: [] },
    implicitAssociation: implicitAssociation ?? { isEnabled: false, lookupAttribute: [] },
    groups: groupsOf(request.groups ?? [], groups),
  };
}

/**
 * Groups with ids. Those that are there keep theirs, by id (which renames them) or by name; others get one of the
 * server's making, for whoever chose it could choose that of a group of somebody else, and have its roles.
 *
 * @param before groups that the identity provider has
 */
export function groupsOf(
  given: readonly { readonly name: string; readonly id?: string | undefined }[],
  before: readonly ProviderGroup[],
): ProviderGroup[] {
  const free = new Map(before.map((group) => [group.id, group]));
  const taken = (one: ProviderGroup | undefined) => {
    if (one) free.delete(one.id);
    return one?.id;
  };
  const byId = given.map(({ id }) => taken(id === undefined ? undefined : free.get(id)));
  return given.map(({ name }, index) => {
    const id = byId[index] ?? taken([...free.values()].find((one) => one.name === name)) ?? uuid();
    return { id, name };
  });
}

/**
 * Content after a patch of members that are plain values, as clients of the published API send it. The result is
 * checked like a creation.
 *
 * @throws ApiError IDP-60025 for operations that make no sense; InvalidRequestError for values that cannot be
 */
export function patchedContent(before: ProviderContent, operations: readonly PatchOperation[]): ProviderContent {
  const { kind, certificate, claims, ...plain } = before;
  const draft: Record<string, unknown> = { ...plain };
  const keys = { certificates: [...(certificate.certificates ?? [])], jwksUri: certificate.jwksUri };
  for (const operation of operations) {
    const path = operation.path.replace(/^\//, '');
    if (path === 'certificate/jwksUri') keys.jwksUri = patchValue(operation, 'text');
    else if (/^certificate\/certificates\/\d{1,2}$/.test(path)) patchCertificates(keys.certificates, path, operation);
    else if (isOneOf(texts, path)) draft[path] = patchValue(operation, 'text');
    // `issuer` is what a trusted token issuer calls it.
    else if (path === 'issuer') draft['idpIssuerName'] = patchValue(operation, 'text');
    else if (isOneOf(flags, path)) draft[path] = patchValue(operation, 'flag');
    else throw providerErrors.invalid(`The path ${operation.path} cannot be patched.`);
  }
  const { mappings, userIdClaim, roleClaim } = claims;
  const result = providerSchema.safeParse({
    ...draft,
    certificate: keys,
    claims: { mappings, userIdClaim, roleClaim },
  });
  if (!result.success)
    throw new InvalidRequestError(
      'body',
      result.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
    );
  return requestedContent(result.data, kind, before.groups);
}

function patchCertificates(certificates: string[], path: string, operation: PatchOperation): void {
  const index = Number(path.split('/').at(-1));
  const isThere = index < certificates.length;
  const value = patchValue(operation, 'text');
  if (operation.operation === 'ADD' && value !== undefined && index <= certificates.length)
    certificates.splice(index, 0, value);
  else if (operation.operation === 'REMOVE' && isThere) certificates.splice(index, 1);
  else if (operation.operation === 'REPLACE' && value !== undefined && isThere) certificates[index] = value;
  else throw providerErrors.invalid(`There is no certificate at ${operation.path}; there are ${certificates.length}.`);
}

function patchValue(operation: PatchOperation, type: 'text'): string | undefined;
function patchValue(operation: PatchOperation, type: 'flag'): boolean | undefined;
function patchValue({ operation, path, value }: PatchOperation, type: 'text' | 'flag'): string | boolean | undefined {
  if (operation === 'REMOVE') return undefined;
  if (value === undefined) throw providerErrors.invalid(`The operation ${operation} of ${path} has no value.`);
  if (type === 'text') {
    if (typeof value === 'string') return value;
    throw providerErrors.invalid(`The value of ${path} has to be a text.`);
  }
  const flag = String(value).toLowerCase();
  if (flag !== 'true' && flag !== 'false')
    throw providerErrors.invalid(`The value of ${path} has to be true or false.`);
  return flag === 'true';
}
