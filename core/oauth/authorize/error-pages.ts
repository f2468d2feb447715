import { inject, injectable } from 'tsyringe';
import { type SecretBox, SecretBoxToken } from '#core/crypto';
import { type HttpRequest, type Reply, redirect } from '#core/http';
import { token } from '#core/kernel';

/** Injection token of the error pages. */
export const ErrorPagesToken = token<ErrorPages>('oauth.error-pages');

/** Leads to the page for errors that must not go to a client. */
@injectable()
export class ErrorPages {
  constructor(@inject(SecretBoxToken) private readonly box: SecretBox) {}

  /** What the page shows is signed, so that nobody can put words into our mouth. */
  page(code: string, message: string, http: HttpRequest): Reply {
    const oauthErrorSignature = this.box.mac('oauth-error-page', `${code}\n${message}`);
    const query = new URLSearchParams({ oauthErrorCode: code, oauthErrorMsg: message, oauthErrorSignature });
    return redirect(`${http.baseUrl}/authenticationendpoint/oauth2_error.do?${query}`);
  }
}
