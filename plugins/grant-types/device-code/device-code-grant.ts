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

const parameters = z.object({ device_code: z.string().max(512) });

/** Value of `grant_type`. */
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
/** Name of the token binding that ties tokens to the device code. */
const BINDING = 'device-flow';

/** What a device asks with, again and again (RFC 8628 §3.4). */
export class DeviceCodeGrant implements GrantType<typeof parameters> {
  readonly grantType = DEVICE_CODE;
  readonly displayName = 'Device Code';
  readonly parameters = parameters;

  constructor(
    private readonly waiting: WaitingRequests,
    private readonly users: UserService,
    readonly publicClientAllowed: boolean,
  ) {}

  async handle({
    parameters: { device_code },
    client,
    request,
  }: GrantRequest<typeof parameters>): Promise<TokenIntent> {
    const orgId = request.organization.id;
    const poll = await this.waiting.poll(orgId, 'device', device_code, client);
    if (poll.kind !== 'approved') throw errorOf(poll.kind);
    const user = await this.users.findById(orgId, poll.approval.grant.userId);
    if (!user || !(await this.users.isUsable(user)))
      throw new OAuthError('invalid_grant', 'The user of this device code cannot sign in any more.');
    const isBound = client.settings.accessToken.bindingType === BINDING;
    const bound = isBound ? { bound: { type: BINDING, value: this.waiting.idOf(device_code) } } : {};
    return { ...approvedIntent(poll.approval, user, poll.changes), ...bound };
  }
}

function errorOf(kind: Exclude<PollOutcome['kind'], 'approved'>): OAuthError {
  switch (kind) {
    case 'unknown':
      return new OAuthError('invalid_request', 'The provided device code is not registered or is invalid.');
    case 'pending':
      return new OAuthError('authorization_pending', 'Precondition required');
    case 'too-fast':
      return new OAuthError('slow_down', 'Forbidden');
    case 'expired':
    case 'used':
      return new OAuthError('expired_token', 'Forbidden');
    case 'refused':
      return new OAuthError('access_denied', 'User denied the consent');
  }
}
