import { inject, injectable } from 'tsyringe';
import { OutboundError, type OutboundHttp, OutboundHttpToken, type OutboundResponse } from '#core/http';
import { GatehouseError, token } from '#core/kernel';
import { UndeliverableError } from '#core/persistence';
import {
  basicCredentials,
  type ClientCredentialTokens,
  ClientCredentialTokensToken,
} from './client-credential-tokens.js';
import type { SenderAuthentication } from './provider.js';

/** Injection token of {@link MessageGateway}. */
export const MessageGatewayToken = token<MessageGateway>('notifications.message-gateway');

/** A message as a request to the server that passes it on. */
export interface GatewayRequest {
  readonly url: string;
  readonly method: 'POST' | 'PUT' | 'GET';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds for the whole answer. */
  readonly timeout: number;
}

/** Answers after which a further attempt may succeed, beside those of 500 and more. */
const passing = new Set([401, 403, 404, 408, 425, 429]);

/** For providers that take messages by HTTP: authenticates, sends, and tells what a failure means. */
@injectable()
export class MessageGateway {
  constructor(
    @inject(OutboundHttpToken) private readonly http: OutboundHttp,
    @inject(ClientCredentialTokensToken) private readonly tokens: ClientCredentialTokens,
  ) {}

  /**
   * Sends. Returns the text of an answer of success. Throws UndeliverableError when no further attempt can succeed,
   * other errors otherwise.
   */
  async send(request: GatewayRequest, authentication: SenderAuthentication): Promise<string> {
    const { status, text: answer } = await this.#answer(request, authentication);
    if (status >= 200 && status < 300) return answer;
    if (status === 401 && authentication.type === 'CLIENT_CREDENTIAL') this.tokens.forget(authentication);
    const text = `${new URL(request.url).origin} has not taken the message: status ${status}`;
    if (status >= 500 || passing.has(status)) throw new GatehouseError('gateway_failed', text);
    throw new UndeliverableError(text);
  }

  async #answer(request: GatewayRequest, authentication: SenderAuthentication): Promise<OutboundResponse> {
    try {
      const headers = { ...request.headers, ...(await this.#credentials(authentication)) };
      return await this.http.send({ ...request, headers });
    } catch (error) {
      if (error instanceof OutboundError && error.reason === 'refused')
        throw new UndeliverableError(error.message, { cause: error });
      throw error;
    }
  }

  async #credentials(authentication: SenderAuthentication): Promise<Readonly<Record<string, string>>> {
    switch (authentication.type) {
      case 'NONE':
        return {};
      case 'BASIC':
        return { authorization: basicCredentials(authentication.username, authentication.password) };
      case 'BEARER':
        return { authorization: `Bearer ${authentication.accessToken}` };
      case 'API_KEY':
        return { [authentication.header.toLowerCase()]: authentication.value };
      case 'CLIENT_CREDENTIAL':
        return { authorization: `Bearer ${await this.tokens.get(authentication)}` };
    }
  }
}
