import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { consoleIdOf, type RoleService, RoleServiceToken } from '#core/access';
import type { HttpRequest } from '#core/http';
import { pageAnswer } from '#core/http';
import type { Registry } from '#core/kernel';
import { type ClaimCatalog, ClaimCatalogToken, type ClaimDialects } from '#core/users';
import type { ApplicationEntity } from './application.entity.js';
import type { ApplicationKeys } from './application.service.js';
import { type ApplicationSettings, applicationSettings } from './application-model.js';
import { applicationErrors } from './errors.js';
import { type InboundProtocol, InboundProtocolRegistryToken } from './inbound-protocol.js';

/** Base of the application management API. */
export const APPLICATIONS = '/api/server/v1/applications';

/** Attributes that a list shows when it is asked to. */
const onRequest = [
  'advancedConfigurations',
  'templateId',
  'templateVersion',
  'clientId',
  'issuer',
  'associatedRoles.allowedAudience',
] as const;

const keys = { clientId: z.string().optional(), issuer: z.string().optional(), realm: z.string().optional() };
const access = z.enum(['READ', 'WRITE']);
const { shape } = applicationSettings;

/** `InboundProtocolsListResponse` of the contract. */
export const protocolsAnswer = z.array(z.object({ type: z.string(), name: z.string(), self: z.string() }));

/** `ApplicationResponseModel` of the contract. */
export const applicationAnswer = z.object({
  ...shape,
  ...keys,
  id: z.string(),
  name: z.string(),
  inboundProtocols: protocolsAnswer,
  access,
});

/** The answer to a creation: beside the application what is never shown again, such as a client secret. */
export const creationAnswer = applicationAnswer.extend({
  inboundProtocolConfiguration: z.record(z.string(), z.unknown()).optional(),
});

/** `ApplicationListResponse` of the contract. */
export const listAnswer = z.object({
  ...pageAnswer,
  applications: z.array(
    z.object({
      ...keys,
      id: z.string(),
      name: z.string(),
      description: z.string().optional(),
      image: z.string().optional(),
      accessUrl: z.string().optional(),
      applicationEnabled: z.boolean(),
      access,
      self: z.string(),
      advancedConfigurations: shape.advancedConfigurations.unwrap().optional(),
      templateId: z.string().optional(),
      templateVersion: z.string().optional(),
      associatedRoles: z.object({ allowedAudience: z.string() }).optional(),
    }),
  ),
});

/** `ConfiguredAuthenticatorsModal` of the contract, for each step. */
export const authenticatorsAnswer = z.array(
  z.object({
    stepId: z.int(),
    localAuthenticators: z.array(z.object({ name: z.string(), type: z.string() })),
    federatedAuthenticators: z.array(z.object({ name: z.string(), type: z.string() })),
  }),
);

/** The attributes that the parameter `attributes` of a list asks for. Throws ApiError APP-60505 for any other. */
export function requestedAttributes(parameter: string | undefined): ReadonlySet<string> {
  const names = (parameter ?? '').split(',').map((name) => name.trim());
  const asked = names.filter((name) => name !== '');
  const unknown = asked.find((name) => !onRequest.some((known) => known === name));
  if (unknown !== undefined) throw applicationErrors.attribute(unknown, onRequest);
  return new Set(asked);
}

/** Applications as the API shows them. */
@injectable()
export class ApplicationAnswers {
  constructor(
    @inject(InboundProtocolRegistryToken) private readonly protocols: Registry<InboundProtocol>,
    @inject(RoleServiceToken) private readonly roles: RoleService,
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
  ) {}

  /** One application, whole. */
  async whole(application: ApplicationEntity, known: ApplicationKeys, request: HttpRequest) {
    const { id, name, settings } = application;
    return {
      ...settings,
      ...known,
      id,
      name,
      associatedRoles: await this.#roles(application),
      claimConfiguration: await this.#claims(application),
      inboundProtocols: this.inbound(application, known, request),
      provisioningConfigurations: { outboundProvisioningIdps: [], ...settings.provisioningConfigurations },
      access: accessOf(id, request),
    };
  }

  /** One application in a list. */
  item(
    { id, name, settings }: ApplicationEntity,
    known: ApplicationKeys,
    asked: ReadonlySet<string>,
    request: HttpRequest,
  ) {
    const { description, imageUrl, accessUrl, applicationEnabled, advancedConfigurations, associatedRoles } = settings;
    const { allowedAudience } = associatedRoles;
    return {
      id,
      name,
      description,
      image: imageUrl,
      accessUrl,
      applicationEnabled,
      access: accessOf(id, request),
      self: selfOf(id, request),
      ...(asked.has('advancedConfigurations') ? { advancedConfigurations } : {}),
      ...(asked.has('templateId') ? { templateId: settings.templateId } : {}),
      ...(asked.has('templateVersion') ? { templateVersion: settings.templateVersion } : {}),
      ...(asked.has('clientId') ? { clientId: known.clientId } : {}),
      ...(asked.has('issuer') ? { issuer: known.issuer } : {}),
      ...(asked.has('associatedRoles.allowedAudience') ? { associatedRoles: { allowedAudience } } : {}),
    };
  }

  /** The inbound protocols of an application. */
  inbound({ id }: ApplicationEntity, known: ApplicationKeys, request: HttpRequest): z.input<typeof protocolsAnswer> {
    return this.protocols.all().flatMap((protocol) => {
      const name = known[protocol.key.attribute];
      const self = `${selfOf(id, request)}/inbound-protocols/${protocol.id}`;
      return name === undefined ? [] : [{ type: protocol.type, name, self }];
    });
  }

  async #roles({ orgId, id, settings }: ApplicationEntity): Promise<ApplicationSettings['associatedRoles']> {
    const { allowedAudience, roles } = settings.associatedRoles;
    const isOwn = allowedAudience === 'APPLICATION';
    const audience = isOwn ? ({ type: 'application', id } as const) : ({ type: 'organization', id: orgId } as const);
    const existing = await this.roles.ofAudience(orgId, audience);
    const chosen = new Set(roles.map((role) => role.id));
    const shown = isOwn ? existing : existing.filter((role) => chosen.has(role.id));
    return { allowedAudience, roles: shown.map((role) => ({ id: role.id, name: role.name })) };
  }

  async #claims({ orgId, settings }: ApplicationEntity): Promise<ApplicationSettings['claimConfiguration']> {
    const { claimMappings, requestedClaims, subject, role } = settings.claimConfiguration;
    const dialects = await this.catalog.of(orgId);
    const shown = ({ uri }: { readonly uri: string }) => shownClaim(dialects, uri);
    return {
      ...settings.claimConfiguration,
      claimMappings: claimMappings.map((mapping) => ({ ...mapping, localClaim: shown(mapping.localClaim) })),
      requestedClaims: requestedClaims.map((requested) => ({ ...requested, claim: shown(requested.claim) })),
      subject: { ...subject, claim: shown(subject.claim) },
      role: { ...role, ...(role.claim ? { claim: shown(role.claim) } : {}) },
    };
  }
}

function shownClaim(dialects: ClaimDialects, uri: string): { uri: string; id: string; displayName?: string } {
  const displayName = dialects.local(uri)?.displayName;
  return { uri, id: Buffer.from(uri).toString('base64url'), ...(displayName === undefined ? {} : { displayName }) };
}

const selfOf = (id: string, request: HttpRequest) => `${request.organization.prefix}${APPLICATIONS}/${id}`;

const accessOf = (id: string, { principal, organization }: HttpRequest): z.input<typeof access> => {
  const mayChange = principal?.scopes.has('internal_application_mgt_update');
  return mayChange && id !== consoleIdOf(organization.id) ? 'WRITE' : 'READ';
};
