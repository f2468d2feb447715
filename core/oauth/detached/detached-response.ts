import type { Authorization, ResponsePart, ResponseType } from '../authorize/responses.js';
import { OAuthError } from '../errors.js';
import type { WaitingRequests } from './waiting-requests.js';

/** A response type whose answer waits for the client here. */
export class DetachedResponse implements ResponseType {
  readonly answersInFragment = false;
  readonly detached = true;

  /**
   * @param name value of `response_type`
   * @param grantTypes the grant with which the client polls
   */
  constructor(
    readonly name: string,
    readonly grantTypes: readonly string[],
    private readonly waiting: WaitingRequests,
  ) {}

  async respond(authorization: Authorization): Promise<ResponsePart> {
    const { detached } = authorization.authorize;
    if (!detached) throw new OAuthError('unsupported_response_type', 'Browsers cannot ask for this response type.');
    return { parameters: {}, changes: await this.waiting.approval(authorization, detached) };
  }
}
