import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import type { HttpRequest } from '#core/http';
import { type Registry, type Soon, token, whenThere } from '#core/kernel';
import type { StateChange, StateEntry } from '#core/persistence';
import { qualifiedName } from '#core/users';
import { isAgent } from '../agents/agents.js';
import { isFederated, type Person, personId } from '../claims/person.js';
import { type OidcUserClaims, OidcUserClaimsToken } from '../claims/user-claims.js';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { issuerOf } from '../issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { INBOUND_OAUTH2 } from '../organization-settings/inbound-oauth2.routes.js';
import {
  type OrganizationOAuthSettings,
  OrganizationOAuthSettingsToken,
} from '../organization-settings/organization-oauth-settings.js';
import { TokenIssuerRegistryToken } from '../tokens/access-tokens.js';
import {
  type AccessTokenRecord,
  type Authentication,
  type GrantTerms,
  KINDS,
  type SubjectType,
} from '../tokens/records.js';
import { LONGEST_CARRIED_MS } from '../tokens/revocations.js';
import { type TokenHomes, TokenHomesToken } from '../tokens/token-homes.js';
import type { AccessTokenContent, TokenIssuer } from '../tokens/token-issuer.js';
import { type TokenBinding, TokenBindingRegistryToken } from './token-binding.js';

/** Injection token of the maker of access tokens. */
export const AccessTokenMakerToken = token<AccessTokenMaker>('oauth.access-token-maker');

/** For whom and for what an access token is. */
export interface AccessTokenOrder {
  readonly http: HttpRequest;
  readonly client: OAuthClient;
  /** Undefined: the client acts for itself. */
  readonly person: Person | undefined;
  readonly scopes: readonly string[];
  readonly terms: GrantTerms;
  readonly subjectType?: 'AGENT' | undefined;
  readonly grantType: string;
  /** The grant that it belongs to; a new one when absent. Tokens of applications have none. */
  readonly grantId?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly authentication?: Authentication | undefined;
  readonly consentedClaims?: readonly string[] | undefined;
  /** Id of the entry by which the token will be handed out again. */
  readonly reuseId?: string | undefined;
  /** The series in which the token replaces the one before it. */
  readonly series?: string | undefined;
  /** Whether the token leaves alone what it would otherwise replace. */
  readonly leavesOthersAlone?: boolean | undefined;
}

/** An access token, and what has to be stored of it. */
export interface MadeAccessToken {
  readonly token: string;
  readonly id: string;
  /** Whether tokens of other grants follow under that id. */
  readonly sharesId: boolean;
  /** Whether it carries its record, so that nothing is kept. */
  readonly carriesRecord: boolean;
  readonly grantId: string | undefined;
  readonly content: AccessTokenContent;
  readonly changes: readonly StateChange[];
}

/** What has to be looked up for a token. */
type Found = Pick<AccessTokenContent, 'grantId' | 'subject' | 'attributes' | 'scopeAsArray'>;

/** What names a token beside its own id. */
type RecordIds = Pick<AccessTokenRecord, 'grantId' | 'serial' | 'reuseId'>;

/** Makes access tokens in the form that the client has chosen. */
@injectable()
export class AccessTokenMaker {
  constructor(
    @inject(TokenIssuerRegistryToken) private readonly issuers: Registry<TokenIssuer>,
    @inject(OidcUserClaimsToken) private readonly claims: OidcUserClaims,
    @inject(TokenBindingRegistryToken) private readonly bindings: Registry<TokenBinding>,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
    @inject(OrganizationOAuthSettingsToken) private readonly organizations: OrganizationOAuthSettings,
    @inject(TokenHomesToken) private readonly homes: TokenHomes,
  ) {}

  /** Makes a token; nothing is stored before the changes of the answer are applied. */
  async make(order: AccessTokenOrder): Promise<MadeAccessToken> {
    const { accessToken } = order.client.settings;
    const grantId = order.person ? (order.grantId ?? uuid()) : undefined;
    const naming = this.#subject(order);
    const subject = naming instanceof Promise ? await naming : naming;
    const wantsAttributes = order.person !== undefined && accessToken.accessTokenAttributes.length > 0;
    const attributes = wantsAttributes ? await this.claims.attributes(order.client, order.person) : {};
    // Only one form has a choice.
    const asking = accessToken.type === 'JWT' && this.#scopeAsArray(order);
    const scopeAsArray = asking instanceof Promise ? await asking : asking;
    const content = this.#content(order, { grantId, subject, attributes, scopeAsArray });
    const issuer = this.issuers.find(accessToken.type);
    if (!issuer) throw new OAuthError('server_error', 'The access token type of the application is not available.');
    const issuing = issuer.issue(content);
    const issued = issuing instanceof Promise ? await issuing : issuing;
    const { token: value, id, serial, carriesRecord = false } = issued;
    const changes = carriesRecord ? [] : this.#keeping(id, content, { grantId, serial, reuseId: order.reuseId });
    return { token: value, id, sharesId: serial !== undefined, carriesRecord, grantId, content, changes };
  }

  /** What is kept of a token: its record, and where it comes from when it does not say so. */
  #keeping(id: string, content: AccessTokenContent, ids: RecordIds): StateChange[] {
    const { client, organization, expiresAt } = content;
    const put = { put: entryOf(id, content, ids) };
    if (client.settings.accessToken.type === 'JWT') return [put];
    return [put, ...this.homes.noting(id, organization.id, expiresAt)];
  }

  #subject({ client, person }: AccessTokenOrder): Soon<string> {
    return person ? this.claims.accessTokenSubject(client, person) : client.entity.clientId;
  }

  #content(order: AccessTokenOrder, found: Found): AccessTokenContent {
    const { http, client, person, scopes, terms, now } = order;
    const { accessToken } = client.settings;
    const seconds = person
      ? accessToken.userAccessTokenExpiryInSeconds
      : accessToken.applicationAccessTokenExpiryInSeconds;
    const isKept = accessToken.type !== 'JWT' || this.options.keepsAccessTokens;
    const lifetime = isKept ? seconds * 1000 : Math.min(seconds * 1000, LONGEST_CARRIED_MS);
    const { bound } = terms;
    return {
      organization: http.organization,
      ...termsOf(terms),
      issuer: issuerOf(http, this.options),
      client,
      person,
      grantId: found.grantId,
      subject: found.subject,
      scopes,
      audience: audienceOf(order),
      subjectType: order.subjectType ?? subjectTypeOf(person),
      grantType: order.grantType,
      issuedAt: now,
      expiresAt: now + lifetime,
      confirmation: bound && this.bindings.find(bound.type)?.confirmation?.(bound.value),
      attributes: found.attributes,
      scopeAsArray: found.scopeAsArray,
      authentication: order.authentication,
      consentedClaims: order.consentedClaims,
      requestRef: order.leavesOthersAlone ? uuid() : undefined,
      series: order.series,
    };
  }

  /** What the application has chosen, else its organization. */
  #scopeAsArray({ client, http }: AccessTokenOrder): Soon<boolean> {
    const { enableJwtScopeAsArray: chosen } = client.settings.accessToken;
    if (chosen !== undefined) return chosen;
    const finding = this.organizations.find(http.organization.id, INBOUND_OAUTH2);
    return whenThere(finding, ({ enableJwtScopeAsArray: usual }) => usual ?? false);
  }
}

/** `aut` by the kind of person; undefined: the application itself. */
function subjectTypeOf(person: Person | undefined): SubjectType {
  if (!person) return 'APPLICATION';
  return isAgent(person) ? 'AGENT' : 'APPLICATION_USER';
}

/** `aud`: the client first, then what its settings and the request name. */
export function audienceOf({ client, terms }: AccessTokenOrder): string[] {
  return [...new Set([client.entity.clientId, ...client.settings.idToken.audience, ...(terms.resources ?? [])])];
}

/** The entry of an access token in the store of living state. */
function entryOf(id: string, content: AccessTokenContent, ids: RecordIds): StateEntry {
  const { organization, expiresAt } = content;
  return { orgId: organization.id, kind: KINDS.accessToken, id, value: recordOf(content, ids), expiresAt };
}

/** What is kept of an access token. */
function recordOf(content: AccessTokenContent, { grantId, serial, reuseId }: RecordIds): AccessTokenRecord {
  const { person } = content;
  return {
    clientId: content.client.entity.clientId,
    userId: person && personId(person),
    username: person && (isFederated(person) ? person.subject : qualifiedName(person)),
    ...termsOf(content),
    subject: content.subject,
    scopes: content.scopes,
    issuedAt: content.issuedAt,
    expiresAt: content.expiresAt,
    subjectType: content.subjectType,
    audience: content.audience,
    requestRef: content.requestRef,
    grantId,
    serial,
    reuseId,
  };
}

/** The terms alone. */
export function termsOf({
  actor,
  authorizationDetails,
  resources,
  accessing,
  federated,
  bound,
}: GrantTerms): GrantTerms {
  return { actor, authorizationDetails, resources, accessing, federated, bound };
}
