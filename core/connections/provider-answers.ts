import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { type HttpRequest, pageAnswer } from '#core/http';
import { type ClaimCatalog, ClaimCatalogToken, type ClaimDialects } from '#core/users';
import { providerErrors } from './errors.js';
import { contentOf, type IdentityProviderEntity } from './identity-provider.entity.js';
import {
  certificateModel,
  claimsModel,
  type IdentityProviderSettings,
  implicitAssociationModel,
  providerGroup,
} from './identity-provider-model.js';

/** Base of the identity provider API. */
export const PROVIDERS = '/api/server/v1/identity-providers';
/** Base of the same for those that are trusted for their tokens only. */
export const TOKEN_ISSUERS = '/api/server/v1/trusted-token-issuers';

/** Members that a list shows when it is asked to. */
const onRequest = [
  'isPrimary',
  'isFederationHub',
  'homeRealmIdentifier',
  'certificate',
  'alias',
  'idpIssuerName',
  'issuer',
  'templateId',
  'claims',
  'roles',
  'groups',
  'federatedAuthenticators',
  'provisioning',
] as const;

/** `Claims`, `Roles`, ... of the contract. */
export const claimsAnswer = claimsModel;
export const implicitAssociationAnswer = implicitAssociationModel;
export const rolesAnswer = z.object({
  mappings: z.array(z.never()).default([]),
  outboundProvisioningRoles: z.array(z.never()).default([]),
});
export const groupsAnswer = z.array(providerGroup);
export const justInTimeAnswer = z.object({
  isEnabled: z.boolean().default(false),
  scheme: z.string().default('PROVISION_SILENTLY'),
  userstore: z.string().default('PRIMARY'),
  associateLocalUser: z.boolean().default(false),
  skipJITForLookupFailure: z.boolean().default(false),
  accountLookupAttributeMappings: z.array(z.never()).default([]),
  attributeSyncMethod: z.string().default('OVERRIDE_ALL'),
  idpGroupSyncMethod: z.string().default('MERGE_WITH_EXISTING'),
});
export const connectorsAnswer = z.object({ connectors: z.array(z.never()).default([]) });
export const provisioningAnswer = z.object({
  jit: justInTimeAnswer.prefault({}),
  outboundConnectors: connectorsAnswer.prefault({}),
});
export const authenticatorsAnswer = z.object({ authenticators: z.array(z.never()).default([]) });

/** `IdentityProviderResponse` of the contract; `TrustedTokenIssuerResponse` calls the issuer `issuer`. */
export const providerAnswer = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  templateId: z.string().optional(),
  isEnabled: z.boolean(),
  isPrimary: z.boolean(),
  image: z.string().optional(),
  isFederationHub: z.boolean(),
  homeRealmIdentifier: z.string().optional(),
  certificate: certificateModel.optional(),
  alias: z.string().optional(),
  idpIssuerName: z.string().optional(),
  issuer: z.string().optional(),
  claims: claimsAnswer,
  roles: rolesAnswer,
  groups: groupsAnswer,
  federatedAuthenticators: authenticatorsAnswer,
  provisioning: provisioningAnswer,
  implicitAssociation: implicitAssociationAnswer,
});

/** `IdentityProviderListResponse` of the contract. */
export const listAnswer = z.object({
  ...pageAnswer,
  identityProviders: z.array(
    providerAnswer.partial().extend({ id: z.string(), name: z.string(), isEnabled: z.boolean(), self: z.string() }),
  ),
});

/** `ConnectedApps` of the contract. */
export const connectedAppsAnswer = z.object({ ...pageAnswer, connectedApps: z.array(z.never()) });

/** The members that the parameter `requiredAttributes` asks for. Throws ApiError IDP-60009 for any other. */
export function requestedMembers(parameter: string | undefined): ReadonlySet<string> {
  const names = (parameter ?? '').split(',').map((name) => name.trim());
  const asked = names.filter((name) => name !== '');
  const unknown = asked.find((name) => !onRequest.some((known) => known === name));
  if (unknown !== undefined) throw providerErrors.attribute(unknown, onRequest);
  return new Set(asked);
}

/** Which of the two APIs asks. */
export type Face = typeof PROVIDERS | typeof TOKEN_ISSUERS;

/** Identity providers as the API shows them. */
@injectable()
export class ProviderAnswers {
  constructor(@inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog) {}

  /** One identity provider, whole. */
  async whole(provider: IdentityProviderEntity, face: Face): Promise<z.input<typeof providerAnswer>> {
    const { kind: _, claims, certificate, idpIssuerName, ...content } = contentOf(provider);
    return {
      ...content,
      id: provider.id,
      isFederationHub: false,
      ...(Object.keys(certificate).length > 0 ? { certificate } : {}),
      ...(idpIssuerName === undefined ? {} : { [face === PROVIDERS ? 'idpIssuerName' : 'issuer']: idpIssuerName }),
      claims: await this.claims(provider.orgId, claims),
      roles: {},
      federatedAuthenticators: {},
      provisioning: {},
    };
  }

  /** One identity provider in a list. */
  async item(provider: IdentityProviderEntity, asked: ReadonlySet<string>, face: Face, request: HttpRequest) {
    const whole = providerAnswer.parse(await this.whole(provider, face));
    const { id, name, description, image, isEnabled, ...more } = whole;
    const shown = Object.entries(more).filter(([member]) => asked.has(member));
    const self = `${request.organization.prefix}${face}/${id}`;
    return { id, name, description, image, isEnabled, self, ...Object.fromEntries(shown) };
  }

  /** Its claims, with what is known of the local ones. */
  async claims(
    orgId: string,
    { userIdClaim, roleClaim, mappings }: IdentityProviderSettings['claims'],
  ): Promise<z.input<typeof claimsAnswer>> {
    const dialects = await this.catalog.of(orgId);
    const shown = ({ uri }: { readonly uri: string }) => shownClaim(dialects, uri);
    return {
      ...(userIdClaim ? { userIdClaim: shown(userIdClaim) } : {}),
      ...(roleClaim ? { roleClaim: shown(roleClaim) } : {}),
      mappings: mappings.map(({ idpClaim, localClaim }) => ({ idpClaim, localClaim: shown(localClaim) })),
      provisioningClaims: [],
    };
  }
}

function shownClaim(dialects: ClaimDialects, uri: string): { uri: string; id?: string; displayName?: string } {
  const known = dialects.local(uri);
  return known ? { uri, id: Buffer.from(uri).toString('base64url'), displayName: known.displayName } : { uri };
}
