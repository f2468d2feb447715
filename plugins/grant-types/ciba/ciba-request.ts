import { OAuthError, splitScopes } from '#core/oauth';

/** How a client can reach the person, by the names of the contract. */
export type NotificationChannel = 'email' | 'sms' | 'external';

/** Who is asked. */
export type Hint =
  | { readonly kind: 'login_hint'; readonly value: string }
  | { readonly kind: 'id_token_hint'; readonly value: string };

/** A backchannel authentication request (CIBA Core §7.1). */
export interface CibaRequest {
  readonly scopes: readonly string[];
  readonly hint: Hint;
  readonly bindingMessage: string | undefined;
  /** Seconds. */
  readonly requestedExpiry: number | undefined;
  readonly channel: NotificationChannel | undefined;
  readonly actorToken: string | undefined;
}

/** Parameters by name, as they stood in the body or in the signed request. */
export type CibaParameters = Readonly<Record<string, string>>;

const CHANNELS: readonly string[] = ['email', 'sms', 'external'];
const MAX_SCOPE = 4000;
const MAX_HINT = 255;
const MAX_MESSAGE = 250;
/** Control characters, line breaks of all kinds, marks that turn the direction of text, and what could be markup. */
const FORBIDDEN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069<>]/u;

/** Scope and hint: what every request has. Throws OAuthError `invalid_request`. @param signed whether it came signed */
export function subjectOf(
  { scope, login_hint, id_token_hint, login_hint_token }: CibaParameters,
  signed: boolean,
): Pick<CibaRequest, 'scopes' | 'hint'> {
  if (login_hint_token !== undefined) throw new OAuthError('invalid_request', 'login_hint_token is not supported.');
  if (id_token_hint !== undefined && !signed)
    throw new OAuthError('invalid_request', 'id_token_hint is only supported in a signed request.');
  if (login_hint !== undefined && id_token_hint !== undefined)
    throw new OAuthError('invalid_request', 'Only one of login_hint and id_token_hint can be given.');
  if (!scope?.trim() || (login_hint ?? id_token_hint ?? '').trim() === '')
    throw new OAuthError(
      'invalid_request',
      "Missing required parameters. Either 'request' JWT or (scope, login_hint) are required.",
    );
  if (scope.length > MAX_SCOPE) throw new OAuthError('invalid_scope', `The scope is longer than ${MAX_SCOPE}.`);
  if (login_hint !== undefined && login_hint.length > MAX_HINT)
    throw new OAuthError('invalid_request', `login_hint is longer than ${MAX_HINT}.`);
  const hint: Hint =
    login_hint === undefined
      ? { kind: 'id_token_hint', value: id_token_hint as string }
      : { kind: 'login_hint', value: login_hint };
  return { scopes: splitScopes(scope), hint };
}

/** The rest of a request, in the order in which errors are reported. Throws OAuthError. */
export function wishesOf({
  binding_message: bindingMessage,
  requested_expiry: expiry,
  notification_channel: channel,
  actor_token: actorToken,
}: CibaParameters): Omit<CibaRequest, 'scopes' | 'hint'> {
  if (bindingMessage !== undefined && !isShowable(bindingMessage))
    throw new OAuthError(
      'invalid_binding_message',
      `binding_message must have 1 to ${MAX_MESSAGE} characters, without control characters, < and >.`,
    );
  if (expiry !== undefined && !/^[1-9]\d{0,8}$/.test(expiry))
    throw new OAuthError('invalid_request', 'requested_expiry must be a positive whole number of seconds.');
  if (channel !== undefined && !CHANNELS.includes(channel))
    throw new OAuthError('invalid_request', `notification_channel must be one of ${CHANNELS.join(', ')}.`);
  return {
    bindingMessage,
    requestedExpiry: expiry === undefined ? undefined : Number(expiry),
    channel: channel as NotificationChannel | undefined,
    actorToken,
  };
}

const isShowable = (text: string): boolean =>
  text.trim() !== '' && [...text].length <= MAX_MESSAGE && !FORBIDDEN.test(text);
