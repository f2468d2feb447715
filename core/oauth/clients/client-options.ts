import { token } from '#core/kernel';

/** Injection token of {@link ClientOptions}. */
export const ClientOptionsToken = token<ClientOptions>('oauth.client-options');

/** What a client can be set to on this server: what has been contributed, never a list of its own. */
export interface ClientOptions {
  grantTypes(): readonly {
    readonly name: string;
    readonly displayName: string;
    readonly publicClientAllowed: boolean;
  }[];
  /** Values of `accessToken.type`. */
  tokenTypes(): readonly string[];
  /** Values of `accessToken.bindingType`, beside `None`. */
  bindingTypes(): readonly string[];
  /** Values of `clientAuthentication.tokenEndpointAuthSigningAlg`. */
  assertionAlgorithms(): readonly string[];
  /** Values of `clientAuthentication.tokenEndpointAuthMethod`. */
  authenticationMethods(): readonly { readonly name: string; readonly displayName: string }[];
  /** Methods that cannot be used as this server is set up, with the reason. */
  unavailableMethods(): readonly { readonly name: string; readonly reason: string }[];
}
