import { inject, injectable } from 'tsyringe';
import type { z } from 'zod';
import type { HttpRequest, Reply } from '#core/http';
import { type Registry, type Soon, token, whenThere } from '#core/kernel';
import { type ScopePolicy, ScopePolicyToken } from '../claims/scope-policy.js';
import type { OAuthClient } from '../clients/client.service.js';
import { GrantUsedError, OAuthError } from '../errors.js';
import { type FapiRules, FapiRulesToken } from '../fapi/fapi-rules.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { type Bindings, BindingsToken } from './bindings.js';
import { type ClientAuthentication, ClientAuthenticationToken } from './client-authenticator.js';
import type { GrantType, TokenIntent } from './grant-type.js';
import { type RequestedTerms, RequestedTermsToken } from './requested-terms.js';
import { personOf, type TokenMinter, TokenMinterToken, type TokenResponse } from './token-minter.js';

/** Injection token of the token endpoint. */
export const TokenEndpointToken = token<TokenEndpoint>('oauth.token-endpoint');
/** Injection token of the registry of grant types. */
export const GrantTypeRegistryToken = token<Registry<GrantType>>('oauth.grant-types');

/** How often a grant is looked at, at most: one use and five more of a refresh token at once. */
const ATTEMPTS = 8;

/** One token request on its way through the steps. */
interface TokenExchange {
  readonly request: HttpRequest;
  parameters: URLSearchParams;
  grant: GrantType;
  client: OAuthClient;
  values: z.output<z.ZodType>;
  intent: TokenIntent;
  response: TokenResponse;
}

/** One of the steps. Only where there is something to wait for it is waited for. */
type Step = (exchange: TokenExchange) => Soon<void>;

/** The token endpoint (RFC 6749 §3.2): a list of named steps, in the order in which errors are reported. */
@injectable()
export class TokenEndpoint {
  constructor(
    @inject(GrantTypeRegistryToken) private readonly grants: Registry<GrantType>,
    @inject(ClientAuthenticationToken) private readonly clients: ClientAuthentication,
    @inject(ScopePolicyToken) private readonly scopes: ScopePolicy,
    @inject(TokenMinterToken) private readonly minter: TokenMinter,
    @inject(RequestedTermsToken) private readonly terms: RequestedTerms,
    @inject(BindingsToken) private readonly bindings: Bindings,
    @inject(FapiRulesToken) private readonly fapi: FapiRules,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** Answers a token request. Throws OAuthError. */
  async handle(request: HttpRequest): Promise<Reply> {
    const exchange = { request } as TokenExchange;
    for (const step of this.#steps) {
      const waiting = step(exchange);
      if (waiting instanceof Promise) await waiting;
    }
    const { intent, response } = exchange;
    const headers = { ...this.bindings.headersOf(intent.bound, request), ...intent.headers };
    return { status: 200, headers, json: response };
  }

  readonly #steps: readonly Step[] = [
    (exchange) => this.#parse(exchange),
    (exchange) => this.#refuseSensitiveQuery(exchange),
    (exchange) => this.#findGrant(exchange),
    (exchange) => this.#authenticateClient(exchange),
    (exchange) => this.#checkGrantAllowed(exchange),
    (exchange) => this.#answerGrant(exchange),
  ];

  readonly #grantSteps: readonly Step[] = [
    (exchange) => this.#handleGrant(exchange),
    (exchange) => this.#applyScopePolicy(exchange),
    (exchange) => this.#applyTerms(exchange),
    (exchange) => this.#bind(exchange),
    (exchange) => this.#issue(exchange),
  ];

  /** What a grant gives may change while it is looked at; some grants then are looked at again. */
  async #answerGrant(exchange: TokenExchange): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        for (const step of this.#grantSteps) {
          const waiting = step(exchange);
          if (waiting instanceof Promise) await waiting;
        }
        return;
      } catch (error) {
        if (!(error instanceof GrantUsedError) || exchange.intent.retries !== true || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Parameters must not be included more than once (RFC 6749 §3.2). */
  #parse(exchange: TokenExchange): void {
    exchange.parameters = parametersOf(exchange.request);
    // Several resources may be named (RFC 8707 §2).
    const names = [...exchange.parameters.keys()].filter((name) => name !== 'resource');
    if (new Set(names).size !== names.length)
      throw new OAuthError('invalid_request', 'Invalid request with repeated parameters.');
  }

  #refuseSensitiveQuery({ request }: TokenExchange): void {
    if (this.options.restricted_query_parameters.some((name) => request.query.has(name))) {
      throw new OAuthError('invalid_request', 'Invalid request with sensitive data in the URL.');
    }
  }

  #findGrant(exchange: TokenExchange): void {
    const name = exchange.parameters.get('grant_type');
    if (!name) throw new OAuthError('invalid_request', 'Missing grant_type parameter value');
    const grant = this.grants.find(name);
    if (!grant) throw new OAuthError('invalid_request', 'Unsupported grant_type value');
    exchange.grant = grant;
    const given = Object.fromEntries([...exchange.parameters].filter(([, value]) => value !== ''));
    const parsed = grant.parameters.safeParse(given);
    if (!parsed.success) throw missingParameters(parsed.error, given);
    exchange.values = parsed.data;
  }

  #authenticateClient(exchange: TokenExchange): Soon<void> {
    return whenThere(this.clients.authenticate(exchange.request, exchange.parameters), (client) => {
      exchange.client = client;
    });
  }

  #checkGrantAllowed({ client, grant }: TokenExchange): void {
    const { settings } = client;
    if (settings.grantTypes.includes(grant.grantType) && (grant.publicClientAllowed || !settings.publicClient)) return;
    throw new OAuthError(
      'unauthorized_client',
      'The authenticated client is not authorized to use this authorization grant type',
    );
  }

  #handleGrant(exchange: TokenExchange): Soon<void> {
    const { grant, values, client, request } = exchange;
    return whenThere(grant.handle({ parameters: values, client, request }), (intent) => {
      exchange.intent = intent;
    });
  }

  #applyScopePolicy(exchange: TokenExchange): Soon<void> {
    const { intent, client } = exchange;
    if (intent.scopesGranted) return;
    return whenThere(this.scopes.grant(client, personOf(intent.subject), intent.scopes), (scopes) => {
      exchange.intent = { ...intent, scopes };
    });
  }

  #applyTerms(exchange: TokenExchange): Soon<void> {
    const { intent, request: http, parameters, client } = exchange;
    return whenThere(this.terms.apply(intent, { http, parameters, client }), (applied) => {
      exchange.intent = applied;
    });
  }

  /** Ties the tokens to what the client has chosen, unless the grant has brought a tie of its own. */
  #bind(exchange: TokenExchange): Soon<void> {
    const { intent, client, request, parameters, grant } = exchange;
    const constrained = this.fapi.constrained(client, request);
    const asked = { http: request, parameters, client: constrained, grantType: grant.grantType };
    const binding = this.bindings.concerns(asked, intent)
      ? this.bindings.bind(asked, intent, request.organization.id)
      : undefined;
    return whenThere(binding, (bound) => {
      this.fapi.checkBound(client, bound);
      if (bound) exchange.intent = { ...intent, bound };
    });
  }

  #issue(exchange: TokenExchange): Soon<void> {
    const { request, client, intent, grant } = exchange;
    return whenThere(this.minter.mint(request, client, intent, grant.grantType), (response) => {
      exchange.response = response;
    });
  }
}

/** Parameters of a form body, or of a flat JSON object. */
function parametersOf(request: HttpRequest): URLSearchParams {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return request.form;
  const malformed = new OAuthError('invalid_request', 'Malformed or unsupported request payload');
  let body: unknown;
  try {
    body = JSON.parse(request.body);
  } catch {
    throw malformed;
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw malformed;
  const entries = Object.entries(body).flatMap(([name, value]: [string, unknown]) => {
    const values = name === 'resource' && Array.isArray(value) ? (value as unknown[]) : [value];
    return values.map((one): [string, string] => [name, typeof one === 'object' ? JSON.stringify(one) : String(one)]);
  });
  return new URLSearchParams(entries);
}

function missingParameters(error: z.ZodError, given: Record<string, string>): OAuthError {
  const names = [...new Set(error.issues.map((issue) => String(issue.path[0])))];
  const missing = names.filter((name) => given[name] === undefined);
  if (missing.length > 0) return new OAuthError('invalid_request', `Missing parameters: ${missing.join(', ')}`);
  return new OAuthError('invalid_request', `Invalid parameters: ${names.join(', ')}`);
}
