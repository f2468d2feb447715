import { inject, injectable } from 'tsyringe';
import {
  type ApiResources,
  ApiResourcesToken,
  type AuthorizedApiService,
  AuthorizedApiServiceToken,
} from '#core/access';
import type { HttpRequest } from '#core/http';
import { token } from '#core/kernel';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';

/** Injection token of the resource indicators. */
export const ResourceIndicatorsToken = token<ResourceIndicators>('oauth.resource-indicators');

const MAX_RESOURCES = 10;
const MAX_LENGTH = 1024;

/** Absolute URIs of printable ASCII, without a fragment (RFC 8707 §2). */
const isResource = (uri: string) => uri.length <= MAX_LENGTH && /^[a-z][a-z0-9+.-]*:[\x21\x22\x24-\x7e]+$/i.test(uri);

/** An API resource for which an application is authorized. */
interface AuthorizedResource {
  /** Undefined when there is no such API resource any more. */
  readonly uri: string | undefined;
  readonly scopes: readonly string[];
}

/** The resources that a request names (RFC 8707): API resources for which the application is authorized, by their identifier. */
@injectable()
export class ResourceIndicators {
  constructor(
    @inject(AuthorizedApiServiceToken) private readonly authorized: AuthorizedApiService,
    @inject(ApiResourcesToken) private readonly resources: ApiResources,
  ) {}

  /**
   * The resources of a request; undefined when it names none.
   *
   * @throws OAuthError `invalid_target` when one of them is no URI, or not for the client
   */
  async of(
    parameters: URLSearchParams,
    client: OAuthClient,
    http: Pick<HttpRequest, 'baseUrl'>,
  ): Promise<readonly string[] | undefined> {
    const named = [...new Set(parameters.getAll('resource').filter((uri) => uri !== ''))];
    if (named.length === 0) return undefined;
    if (named.length > MAX_RESOURCES)
      throw new OAuthError('invalid_target', `A request can name at most ${MAX_RESOURCES} resources.`);
    if (!named.every(isResource))
      throw new OAuthError('invalid_target', 'A resource has to be an absolute URI without a fragment.');
    const known = new Set((await this.#authorized(client, http)).map(({ uri }) => uri));
    if (!named.every((uri) => known.has(uri)))
      throw new OAuthError(
        'invalid_target',
        'The application is not authorized for the resource, or there is no such one.',
      );
    return named;
  }

  /** Scopes that tokens for these resources can have: without those of other API resources. */
  async limit(
    scopes: readonly string[],
    resources: readonly string[] | undefined,
    client: OAuthClient,
    http: Pick<HttpRequest, 'baseUrl'>,
  ): Promise<readonly string[]> {
    if (resources === undefined) return scopes;
    const apis = await this.#authorized(client, http);
    const scopesOf = (some: readonly AuthorizedResource[]) => new Set(some.flatMap((api) => api.scopes));
    const within = scopesOf(apis.filter(({ uri }) => uri !== undefined && resources.includes(uri)));
    const all = scopesOf(apis);
    return scopes.filter((scope) => within.has(scope) || !all.has(scope));
  }

  async #authorized(
    { application: { orgId, id } }: OAuthClient,
    { baseUrl }: Pick<HttpRequest, 'baseUrl'>,
  ): Promise<AuthorizedResource[]> {
    const apis = await this.authorized.of(orgId, id);
    return Promise.all(
      apis.map(async ({ apiId, scopes }) => {
        const identifier = (await this.resources.find(orgId, apiId))?.identifier;
        // APIs of this server are known by their path.
        return { uri: identifier?.startsWith('/') ? baseUrl + identifier : identifier, scopes };
      }),
    );
  }
}
