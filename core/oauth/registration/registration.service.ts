import { inject, injectable } from 'tsyringe';
import { type ApplicationEntity, type ApplicationService, ApplicationServiceToken } from '#core/applications';
import { equalInConstantTime, randomToken, sha256Hex } from '#core/crypto';
import type { HttpRequest, Principal } from '#core/http';
import { type Clock, ClockToken, token } from '#core/kernel';
import { type ClaimCatalog, ClaimCatalogToken } from '#core/users';
import { type OidcScopes, OidcScopesToken } from '../claims/oidc-scopes.js';
import { splitScopes } from '../claims/scope-policy.js';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { clientSettings, type StoredClientSettings } from '../clients/client-model.js';
import { type ClientOptions, ClientOptionsToken } from '../clients/client-options.js';
import { type ClientSecrets, ClientSecretsToken } from '../clients/client-secrets.js';
import { settingsOf } from '../clients/oidc-inbound-model.js';
import { checkConfiguration } from '../clients/oidc-inbound-rules.js';
import { type SectorIdentifiers, SectorIdentifiersToken } from '../clients/sector-identifiers.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import type { ClientMetadata } from './client-metadata.js';
import { withKept } from './kept-settings.js';
import { configurationOf, keptMetadata } from './metadata-settings.js';
import {
  type OrganizationRegistration,
  OrganizationRegistrationToken,
  RegistrationOptionsToken,
} from './organization-registration.js';
import { type RegisteredClient, registrationAnswer } from './registration-answer.js';
import { RegistrationError, SilentRefusal } from './registration-errors.js';
import type { RegistrationOptions } from './settings.js';
import { type SoftwareStatements, SoftwareStatementsToken } from './software-statements.js';

/** Injection token of dynamic client registration. */
export const RegistrationsToken = token<Registrations>('oauth.registrations');

/** Where registrations are. */
export const REGISTRATION_PATH = '/api/identity/oauth2/dcr/v1.1/register';

/** Beside the metadata: what the server itself notes of a registration. */
interface Notes {
  readonly registration_owner?: string | undefined;
  readonly registration_owner_name?: string | undefined;
  readonly registration_token?: string | undefined;
  readonly registration_issued_at: number;
}

const nameProblem = (name: string) => !/^[a-zA-Z0-9 .+_-]{1,191}$/.test(name);

/** Dynamic client registration and management (RFC 7591, RFC 7592). */
@injectable()
export class Registrations {
  constructor(
    @inject(ApplicationServiceToken) private readonly applications: ApplicationService,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(ClientOptionsToken) private readonly known: ClientOptions,
    @inject(ClientSecretsToken) private readonly secrets: ClientSecrets,
    @inject(SoftwareStatementsToken) private readonly statements: SoftwareStatements,
    @inject(OidcScopesToken) private readonly scopes: OidcScopes,
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(SectorIdentifiersToken) private readonly sectors: SectorIdentifiers,
    @inject(OAuthOptionsToken) private readonly oauth: OAuthOptions,
    @inject(RegistrationOptionsToken) private readonly options: RegistrationOptions,
    @inject(OrganizationRegistrationToken) private readonly organization: OrganizationRegistration,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** Registers a client. The answer has its secret and its registration access token, which are never shown again. */
  async create(given: ClientMetadata, http: HttpRequest): Promise<Record<string, unknown>> {
    const metadata = await this.statements.apply(given, http.organization.id);
    const name = nameOf(metadata);
    const settings = await this.#settings(http.organization.id, metadata);
    await this.#checkSector(settings);
    const registrationToken = randomToken();
    const { principal, organization } = http;
    const notes: Notes = {
      registration_owner: principal?.id,
      registration_owner_name: principal?.name,
      registration_token: sha256Hex(registrationToken),
      registration_issued_at: Math.floor(this.clock.now() / 1000),
    };
    const stored = { ...settings, registration: { ...keptMetadata(metadata), ...notes } };
    let written: Awaited<ReturnType<ClientService['write']>> | undefined;
    const given_ = { clientId: metadata.ext_param_client_id, clientSecret: metadata.ext_param_client_secret };
    const model = await this.#application(organization.id, metadata);
    await this.applications.create(organization.id, name, model, async (application) => {
      written = await this.clients.write(application, stored, given_);
    });
    if (!written) throw new Error('the client was not written');
    const { clientId } = written.client;
    const client = await this.#found(organization.id, clientId);
    return {
      ...this.#answer(client, written.secret),
      registration_access_token: `${clientId}.${registrationToken}`,
      registration_client_uri: `${http.baseUrl}${REGISTRATION_PATH}/${clientId}`,
    };
  }

  /** A registration, for its owner or the client itself. Throws SilentRefusal. */
  async read(clientId: string, http: HttpRequest): Promise<Record<string, unknown>> {
    const client = await this.#owned(clientId, http);
    return this.#answer(client, this.clients.readableSecret(client.entity));
  }

  /** Replaces the metadata of a client; what the request leaves out has its default again. */
  async update(clientId: string, given: ClientMetadata, http: HttpRequest): Promise<Record<string, unknown>> {
    const client = await this.#owned(clientId, http);
    const metadata = await this.statements.apply(given, http.organization.id);
    if (metadata['client_id'] !== undefined && metadata['client_id'] !== clientId)
      throw new RegistrationError('invalid_client_metadata', 'client_id: it cannot be changed.');
    const name = metadata.client_name === undefined ? client.application.name : nameOf(metadata);
    const before = clientSettings.parse(client.entity.settings);
    const asked = { ...metadata, ext_param_client_id: undefined };
    const settings = await this.#settings(http.organization.id, asked, before);
    await this.#checkSector(settings);
    const { id, orgId } = client.application;
    let secret: string | undefined;
    await this.applications.update(orgId, id, { name, accessUrl: metadata.client_uri, imageUrl: metadata.logo_uri });
    await this.applications.changing(orgId, id, async (application) => {
      const registration = { ...keptMetadata(metadata), ...notesOf(client) };
      ({ secret } = await this.clients.write(application, { ...settings, registration }));
    });
    const changed = await this.#found(orgId, clientId);
    return this.#answer(changed, secret ?? this.clients.readableSecret(changed.entity));
  }

  /** Removes a client with its application and its tokens. */
  async delete(clientId: string, http: HttpRequest): Promise<void> {
    const { application } = await this.#owned(clientId, http);
    await this.applications.delete(application.orgId, application.id);
  }

  /** The client that a registration access token belongs to: a principal that may manage nothing but itself. */
  async principalOf(orgId: string, value: string): Promise<Principal | undefined> {
    const [clientId = '', secret = ''] = value.split('.');
    const client = secret === '' ? undefined : await this.clients.find(orgId, clientId);
    const hash = client && notesOf(client).registration_token;
    if (!client || !hash || !equalInConstantTime(hash, sha256Hex(secret))) return undefined;
    return {
      type: 'Application',
      id: clientId,
      orgId,
      name: client.application.name,
      authenticatedBy: 'bearer',
      scopes: new Set(['internal_dcr_view', 'internal_dcr_update', 'internal_dcr_delete']),
      clientId,
    };
  }

  async #settings(
    orgId: string,
    metadata: ClientMetadata,
    before?: StoredClientSettings,
  ): Promise<StoredClientSettings> {
    const asked = settingsOf(configurationOf(metadata));
    const settings = before ? withKept(asked, before) : asked;
    const { enableFapiEnforcement, fapiProfile } = await this.organization.of(orgId);
    const held = enableFapiEnforcement ? { ...settings, isFAPIApplication: true, fapiProfile } : settings;
    checkConfiguration(held, this.known, this.oauth);
    return held;
  }

  /** Whoever is in a sector recognizes its users: that the sector wants the client is looked up (OpenID Connect Core §8.1). */
  async #checkSector({ subject, callbackURLs }: StoredClientSettings): Promise<void> {
    const { sectorIdentifierUri: address, subjectType = this.oauth.clientDefaults.subjectType } = subject;
    if (address === '' || !(subjectType === 'pairwise' || this.options.enable_sector_identifier_validation)) return;
    const problem = await this.sectors.problem(address, callbackURLs);
    if (problem !== undefined)
      throw new RegistrationError('invalid_client_metadata', `sector_identifier_uri: ${problem}.`);
  }

  /** An application that shows what the client says of itself, and asks for the claims of its scopes. */
  async #application(orgId: string, metadata: ClientMetadata) {
    const known = await this.scopes.of(orgId);
    const scopes = metadata.scope === undefined ? known.names : splitScopes(metadata.scope);
    const dialects = await this.catalog.of(orgId);
    const claims = [...known.claimsOf(scopes)].flatMap((name) => dialects.localOfOidc(name) ?? []);
    const requestedClaims = [...new Set(claims)].map((uri) => ({ claim: { uri }, mandatory: false }));
    const audience = metadata.ext_allowed_audience?.toUpperCase() === 'APPLICATION' ? 'APPLICATION' : 'ORGANIZATION';
    return {
      accessUrl: metadata.client_uri,
      imageUrl: metadata.logo_uri,
      templateId: metadata.ext_param_sp_template,
      claimConfiguration: { requestedClaims },
      associatedRoles: { allowedAudience: audience as 'APPLICATION' | 'ORGANIZATION' },
    };
  }

  async #owned(clientId: string, http: HttpRequest): Promise<OAuthClient> {
    const client = await this.clients.find(http.organization.id, clientId);
    if (!client) throw new SilentRefusal(401);
    const { principal } = http;
    const isOwner = principal !== undefined && principal.id === notesOf(client).registration_owner;
    if (!isOwner && !(principal?.type === 'Application' && principal.id === clientId)) throw new SilentRefusal(403);
    return client;
  }

  async #found(orgId: string, clientId: string): Promise<OAuthClient> {
    const client = await this.clients.find(orgId, clientId);
    if (!client) throw new SilentRefusal(401);
    return client;
  }

  #answer({ entity, application, settings }: OAuthClient, secret: string | undefined): Record<string, unknown> {
    const {
      registration_owner: _,
      registration_owner_name: owner,
      registration_token: __,
      registration_issued_at,
      ...kept
    } = (settings.registration ?? {}) as Record<string, unknown> & Notes;
    const client: RegisteredClient = {
      clientId: entity.clientId,
      secret,
      secretExpiresAt: this.secrets.expiry(entity),
      application: application satisfies ApplicationEntity,
      settings,
      kept,
      owner,
      issuedAt: registration_issued_at,
    };
    return registrationAnswer(client, this.options);
  }
}

const notesOf = ({ settings }: OAuthClient): Notes => {
  const { registration_owner, registration_owner_name, registration_token, registration_issued_at } =
    (settings.registration ?? {}) as Partial<Notes>;
  return {
    registration_owner,
    registration_owner_name,
    registration_token,
    registration_issued_at: registration_issued_at ?? 0,
  };
};

function nameOf({ client_name, ext_application_display_name }: ClientMetadata): string {
  const name = (client_name ?? ext_application_display_name ?? '').trim();
  if (name === '') throw new RegistrationError('invalid_client_metadata', 'The client name is missing or empty.');
  if (nameProblem(name))
    throw new RegistrationError(
      'invalid_client_metadata',
      'client_name: it may have letters, digits, spaces and . + _ -',
    );
  return name;
}
