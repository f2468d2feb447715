import { z } from 'zod';
import {
  approvedIntent,
  type GrantRequest,
  type GrantType,
  OAuthError,
  type PollOutcome,
  type TokenIntent,
  type WaitingRequests,
} from '#core/oauth';
import type { UserService } from '#core/users';

const parameters = z.object({ auth_req_id: z.string().max(512) });

/** Value of `grant_type`. */
export const CIBA = 'urn:openid:params:grant-type:ciba';
/** By how much a poll that comes too early lengthens the interval, in milliseconds. */
const GROWTH_MS = 3000;

/** What a client asks with until the person has answered (CIBA Core §10.1, §11). */
export class CibaGrant implements GrantType<typeof parameters> {
  readonly grantType = CIBA;
  readonly displayName = 'CIBA';
  readonly parameters = parameters;
  readonly publicClientAllowed = false;

  constructor(
    private readonly waiting: WaitingRequests,
    private readonly users: UserService,
  ) {}

  async handle({
    parameters: { auth_req_id },
    client,
    request: http,
  }: GrantRequest<typeof parameters>): Promise<TokenIntent> {
    const orgId = http.organization.id;
    const poll = await this.waiting.poll(orgId, 'ciba', auth_req_id, client, GROWTH_MS);
    if (poll.kind !== 'approved') throw errorOf(poll.kind);
    const { request, changes } = poll;
    const user = await this.users.findById(orgId, poll.approval.grant.userId);
    if (!user || !(await this.users.isUsable(user)))
      throw new OAuthError('invalid_grant', 'The user of this request cannot sign in any more.');
    return { ...approvedIntent(poll.approval, user, changes), ...(request.actor ? { actor: request.actor } : {}) };
  }
}

function errorOf(kind: Exclude<PollOutcome['kind'], 'approved'>): OAuthError {
  switch (kind) {
    case 'unknown':
    case 'used':
      return new OAuthError('invalid_grant', 'The provided auth_req_id is not known, or has been used before.');
    case 'pending':
      return new OAuthError('authorization_pending', 'Authorization pending');
    case 'too-fast':
      return new OAuthError('slow_down', 'Slow down');
    case 'expired':
      return new OAuthError('expired_token', 'Token expired');
    case 'refused':
      return new OAuthError('access_denied', 'User denied authentication');
  }
}
