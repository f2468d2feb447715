import type { ApiResources, AuthorizedApiService } from '#core/access';
import type { HttpRequest } from '#core/http';
import { type OAuthClient, OAuthError } from '#core/oauth';

/** Whom tokens may be for (`audience`, RFC 8693 §2.1): API resources for which the application is authorized. */
export class Audiences {
  constructor(
    private readonly apis: AuthorizedApiService,
    private readonly resources: ApiResources,
  ) {}

  /** The audience beside the client; undefined when the request asks for none. Throws OAuthError `invalid_target`. */
  async of(audience: string | undefined, client: OAuthClient, http: HttpRequest): Promise<string[] | undefined> {
    if (audience === undefined || audience === client.entity.clientId) return undefined;
    const { orgId, id } = client.application;
    for (const { apiId } of await this.apis.of(orgId, id)) {
      const identifier = (await this.resources.find(orgId, apiId))?.identifier;
      // APIs of this server are known by their path.
      const uri = identifier?.startsWith('/') ? http.baseUrl + identifier : identifier;
      if (audience === uri || audience === identifier) return [audience];
    }
    throw new OAuthError(
      'invalid_target',
      'The application is not authorized for the audience, or there is none such.',
    );
  }
}
