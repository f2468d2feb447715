import type { JWTPayload } from 'jose';
import {
  type AccessTokenContent,
  type AccessTokenRecord,
  isFederated,
  OAuthError,
  personId,
  timeOf,
} from '#core/oauth';

/** Access tokens that are not kept here say all there is to know of them; their claims are those of the contract. */

/** The claims that a token needs to be known by itself. Throws OAuthError when it has to be bound to what it cannot say. */
export function carriedClaims(content: AccessTokenContent, jti: string): JWTPayload {
  const { person, client, bound, confirmation, consentedClaims, grantId } = content;
  if (bound && !confirmation)
    throw new OAuthError(
      'invalid_request',
      `Tokens bound by ${bound.type} have to be kept: the server is set to persist_access_token = false.`,
    );
  const entity = person ? personId(person) : client.entity.clientId;
  return {
    entity_id: entity,
    entityType: person ? 'USER_ID' : 'CLIENT_ID',
    is_federated: person !== undefined && isFederated(person),
    token_id: jti,
    is_consented: consentedClaims !== undefined,
    ...(consentedClaims ? { consented_claims: [...consentedClaims] } : {}),
    grantType: content.grantType,
    accessing_organization: content.accessing?.id ?? '',
    // Beyond the contract: with it the token ends when its code or refresh token is used a second time.
    ...(grantId === undefined ? {} : { grant_id: grantId }),
  };
}

/** The record of a token that is not kept; undefined when it was issued as one that is. */
export function carriedRecord(payload: JWTPayload, orgId: string): AccessTokenRecord | undefined {
  const { jti, sub, aud, exp, scope, entity_id, entityType, token_id, grant_id: partOf } = payload;
  if (token_id !== jti || jti === undefined || typeof entity_id !== 'string' || exp === undefined) return undefined;
  const isUser = entityType === 'USER_ID';
  return {
    clientId: String(payload['client_id']),
    ...(isUser ? { userId: entity_id } : {}),
    ...(typeof partOf === 'string' ? { partOf } : {}),
    ...(payload['is_federated'] === true ? { federated: federatedOf(entity_id, orgId) } : {}),
    subject: String(sub),
    scopes: scopesOf(scope),
    issuedAt: timeOf(jti),
    expiresAt: exp * 1000,
    subjectType: payload['aut'] as AccessTokenRecord['subjectType'],
    audience: [aud ?? []].flat(),
    ...termsOf(payload),
    ...(payload['is_consented'] === true ? { consentedClaims: payload['consented_claims'] as string[] } : {}),
  };
}

function scopesOf(scope: unknown): string[] {
  if (Array.isArray(scope)) return scope as string[];
  return typeof scope === 'string' ? scope.split(' ') : [];
}

function federatedOf(entity: string, orgId: string): NonNullable<AccessTokenRecord['federated']> {
  const colon = entity.indexOf(':');
  return { kind: 'federated', orgId, idp: entity.slice(0, colon), subject: entity.slice(colon + 1), claims: {} };
}

/** What the token says of actor, binding and organization. The value of a binding that can be carried is its confirmation. */
function termsOf(payload: JWTPayload): Partial<AccessTokenRecord> {
  const { act, authorization_details, binding_type, cnf, accessing_organization: accessing } = payload;
  const value = Object.values((cnf as Record<string, string> | undefined) ?? {})[0];
  const organization = { id: payload['org_id'], name: payload['org_name'], handle: payload['org_handle'] };
  return {
    ...(act ? { actor: act as AccessTokenRecord['actor'] } : {}),
    ...(authorization_details
      ? { authorizationDetails: authorization_details as AccessTokenRecord['authorizationDetails'] }
      : {}),
    ...(value === undefined ? {} : { bound: { type: String(binding_type), value } }),
    ...(binding_type === 'request' ? { requestRef: String(payload['binding_ref']) } : {}),
    ...(accessing === '' ? {} : { accessing: organization as AccessTokenRecord['accessing'] }),
  };
}
