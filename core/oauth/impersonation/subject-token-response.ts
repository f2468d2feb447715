import { v4 as uuid } from 'uuid';
import type { AuditLog } from '#core/audit';
import type { KeySets } from '#core/crypto';
import type { AuthorizeRequest } from '../authorize/authorize-request.js';
import type { Authorization, ResponsePart, ResponseType } from '../authorize/responses.js';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { issuerOf } from '../issuer.js';
import type { OAuthOptions } from '../options.js';
import type { Impersonation } from './impersonation.js';

/**
 * `response_type=subject_token`: a token that says whom the user wants to impersonate and that the user may. It is worth
 * nothing without an ID token of the user, with which it is exchanged.
 */
export class SubjectTokenResponse implements ResponseType {
  readonly name = 'subject_token';
  readonly grantTypes = ['urn:ietf:params:oauth:grant-type:token-exchange'];
  readonly answersInFragment = true;

  constructor(
    private readonly impersonation: Impersonation,
    private readonly keys: KeySets,
    private readonly audit: AuditLog,
    private readonly options: OAuthOptions,
  ) {}

  /** Throws OAuthError. */
  check({ requestedSubject }: AuthorizeRequest, { settings }: OAuthClient): void {
    if (!requestedSubject)
      throw new OAuthError(
        'invalid_request',
        'response_type is subject_token. but requested_subject parameter not found.',
      );
    if (!settings.subjectToken.enable || settings.accessToken.type !== 'JWT')
      throw new OAuthError(
        'unauthorized_client',
        'The application has no subject tokens: it needs subjectToken.enable and access tokens of the type JWT.',
      );
  }

  async respond({ http, client, authorize, session, user, now }: Authorization): Promise<ResponsePart> {
    const targetId = authorize.requestedSubject ?? '';
    const target = await this.impersonation.target(client, user, targetId, session);
    const scopes = await this.impersonation.subjectScopes(client, target, authorize.scopes);
    const { clientId } = client.entity;
    const iat = Math.floor(now / 1000);
    const claims = {
      iss: issuerOf(http, this.options),
      sub: target.id,
      aud: clientId,
      azp: clientId,
      client_id: clientId,
      scope: scopes.join(' '),
      may_act: { sub: user.id },
      sid: session.id,
      iat,
      nbf: iat,
      exp: iat + client.settings.subjectToken.applicationSubjectTokenExpiryInSeconds,
      jti: uuid(),
    };
    const header = { alg: 'RS256', typ: 'jwt' };
    const subjectToken = await this.keys.sign(user.orgId, header, claims, this.options.thumbprints);
    const data = { impersonator: user.id, clientId, scope: claims.scope };
    const event = { orgId: user.orgId, targetId: target.id, targetType: 'User', initiatorId: user.id, data };
    await this.audit.record({ ...event, action: 'issue-subject-token' });
    return { parameters: { subject_token: subjectToken }, changes: [] };
  }
}
