import { inject, injectable } from 'tsyringe';
import { type SecretBox, SecretBoxToken } from '#core/crypto';
import { type HttpRequest, type Reply, redirect } from '#core/http';
import { token } from '#core/kernel';
import { pageAddress } from '../endpoint-settings.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';

/** Injection token of the error pages. */
export const ErrorPagesToken = token<ErrorPages>('oauth.error-pages');

/** Leads to the page for errors that must not go to a client. */
@injectable()
export class ErrorPages {
  constructor(
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** What the page shows is signed, so that nobody can put words into our mouth. */
  page(code: string, message: string, http: HttpRequest): Reply {
    const oauthErrorSignature = this.box.mac('oauth-error-page', `${code}\n${message}`);
    const query = new URLSearchParams({ oauthErrorCode: code, oauthErrorMsg: message, oauthErrorSignature });
    return redirect(pageAddress(this.options.endpoints.oauth2_error_page, query, http));
  }
}
