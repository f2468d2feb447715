import { equalInConstantTime, sha256Hex } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import { type BindingRequest, OAuthError, type TokenBinding } from '#core/oauth';

const PARAMETER = 'tokenBindingId';
const MAX_LENGTH = 255;

/** Ties tokens to a value of the client's choice, the parameter `tokenBindingId`. What is kept is its hash. */
export class ClientRequestBinding implements TokenBinding {
  readonly type = 'client-request';

  async bind({ parameters }: BindingRequest): Promise<string | undefined> {
    const id = parameters.get(PARAMETER);
    if (id === null || id === '') return undefined;
    if (id.length > MAX_LENGTH) throw new OAuthError('invalid_request', 'Token binding reference length exceeds limit');
    return sha256Hex(id);
  }

  async matches(value: string, _http: HttpRequest, parameters: URLSearchParams): Promise<boolean> {
    const given = parameters.getAll(PARAMETER);
    return given.length === 1 && equalInConstantTime(sha256Hex(given[0] as string), value);
  }
}
