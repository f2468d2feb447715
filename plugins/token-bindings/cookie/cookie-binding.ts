import { v4 as uuid } from 'uuid';
import { equalInConstantTime, sha256Hex } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import type { BindingVisit, TokenBinding } from '#core/oauth';

/** Name of the cookie, as the contract has it. */
const COOKIE = 'atbv';
const pattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Ties tokens of a code to a cookie of the browser that asked for the code. What is kept is its hash. */
export class CookieBinding implements TokenBinding {
  readonly type = 'cookie';

  visit({ http }: BindingVisit): ReturnType<NonNullable<TokenBinding['visit']>> {
    const given = http.cookies[COOKIE];
    // One cookie for all applications: another one would cut off the tokens that the browser has already.
    if (given !== undefined && pattern.test(given)) return { value: sha256Hex(given) };
    const value = uuid();
    return { value: sha256Hex(value), cookies: [{ name: COOKIE, value, sameSite: 'None' }] };
  }

  async matches(value: string, http: HttpRequest): Promise<boolean> {
    const given = http.cookies[COOKIE];
    return given !== undefined && equalInConstantTime(sha256Hex(given), value);
  }
}
