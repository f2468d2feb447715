import { inject, injectable } from 'tsyringe';
import type { HttpRequest, Reply } from '#core/http';
import { type Registry, token } from '#core/kernel';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { type DetachedAnswers, DetachedAnswersToken } from '../detached/detached-answers.js';
import { issuerOf } from '../issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import type { AuthorizeRequest } from './authorize-request.js';
import { type ErrorPages, ErrorPagesToken } from './error-pages.js';
import { isRegistered } from './redirect-uri.js';
import { type ResponseTypeSet, ResponseTypeSetToken } from './response-type-set.js';
import { type ResponseMode, ResponseModeRegistryToken } from './responses.js';
import { UntrustedRequestError } from './untrusted-request.js';

/** Injection token of the delivery of answers. */
export const AnswerDeliveryToken = token<AnswerDelivery>('oauth.answer-delivery');

/** To whom an answer goes, and how. */
export type Addressee = Pick<
  AuthorizeRequest,
  'clientId' | 'redirectUri' | 'responseType' | 'responseMode' | 'state' | 'detached' | 'uiLocales'
>;

/** Sends answers of the authorization endpoint to the client. */
@injectable()
export class AnswerDelivery {
  constructor(
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(ResponseTypeSetToken) private readonly responseTypes: ResponseTypeSet,
    @inject(ResponseModeRegistryToken) private readonly responseModes: Registry<ResponseMode>,
    @inject(DetachedAnswersToken) private readonly detached: DetachedAnswers,
    @inject(ErrorPagesToken) private readonly errorPages: ErrorPages,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /**
   * Looks whether the client may still have an answer: an administrator can have switched it off while the user signed
   * in, or taken the redirect URI away. Throws UntrustedRequestError.
   */
  check({ entity, application, settings }: OAuthClient, { redirectUri, detached }: Addressee): void {
    if (entity.state !== 'ACTIVE' || !application.settings.applicationEnabled)
      throw new UntrustedRequestError('invalid_client', 'The application has been switched off meanwhile.');
    if (!detached && !isRegistered(settings.callbackURLs, redirectUri, this.options))
      throw new UntrustedRequestError('invalid_callback', 'callback.not.match');
  }

  /** Sends parameters; `iss` tells which server they come from (RFC 9207). */
  async send(to: Addressee, parameters: Readonly<Record<string, string>>, http: HttpRequest): Promise<Reply> {
    const { clientId, redirectUri, responseType, responseMode, state } = to;
    if (to.detached) return this.detached.end(to, to.detached, parameters, http);
    const error = parameters['error'];
    if (error !== undefined && this.options.redirect_to_idp_error_page_on_error)
      return this.errorPages.page(error, parameters['error_description'] ?? '', http);
    const client = await this.clients.find(http.organization.id, clientId);
    const mode = this.responseModes.find(responseMode);
    if (!client || !mode) return this.errorPages.page('invalid_client', 'The application is not there any more.', http);
    this.check(client, to);
    const all = { ...parameters, ...(state === undefined ? {} : { state }), iss: issuerOf(http, this.options) };
    // A response type that was switched off meanwhile may have been one with tokens.
    const inFragment = this.responseTypes.find(responseType)?.defaultMode !== 'query';
    return mode.render({ client, redirectUri, parameters: all, inFragment, http });
  }
}
