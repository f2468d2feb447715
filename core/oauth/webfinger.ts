import { inject, injectable } from 'tsyringe';
import {
  type HttpRequest,
  type OrganizationContext,
  type OrganizationResolver,
  OrganizationResolverToken,
  type Reply,
} from '#core/http';
import { token } from '#core/kernel';
import { issuerOf } from './issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from './options.js';

/** Injection token of WebFinger. */
export const WebFingerToken = token<WebFinger>('oauth.webfinger');

const ISSUER = 'http://openid.net/specs/connect/1.0/issuer';
const tenantPattern = /^[A-Za-z0-9][A-Za-z0-9.-]{0,253}$/;
const MAX_LENGTH = 2048;

/** Tells which issuer somebody belongs to (RFC 7033, OpenID Connect Discovery §2). Says nothing about who there is. */
@injectable()
export class WebFinger {
  constructor(
    @inject(OrganizationResolverToken) private readonly organizations: OrganizationResolver,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** Answers a question: 400 when it is none, 404 when it names nobody. */
  async handle(http: HttpRequest): Promise<Reply> {
    const rels = http.query.getAll('rel').filter((rel) => rel !== '');
    const resources = http.query.getAll('resource');
    const [resource] = resources;
    if (rels.length === 0) return problem(400, 'The parameter rel is missing.');
    if (resource === undefined || resources.length > 1) return problem(400, 'One parameter resource is needed.');
    if (resource === '') return problem(404, 'The parameter resource is empty: there is nobody of that name.');
    const named = resource.length > MAX_LENGTH ? undefined : read(resource);
    if (!named) return problem(400, 'The resource is neither acct:user@host nor https://host/path.');
    const prefix = (await this.#tenant(named.tenant))?.prefix ?? http.organization.prefix;
    const links = rels.includes(ISSUER)
      ? [{ rel: ISSUER, href: issuerOf({ baseUrl: http.origin + prefix }, this.options) }]
      : [];
    return {
      status: 200,
      jsonText: JSON.stringify({ subject: resource, links }),
      // RFC 7033 §5: for scripts of every origin.
      headers: { 'Content-Type': 'application/jrd+json', 'Access-Control-Allow-Origin': '*' },
    };
  }

  /** The tenant of that name; undefined when there is none: then what looked like one was a part of the user's name. */
  async #tenant(name: string | undefined): Promise<OrganizationContext | undefined> {
    if (name === undefined || !tenantPattern.test(name)) return undefined;
    return (await this.organizations.resolve(`/t/${name}/`))?.organization;
  }
}

/** A resource, with the name of the tenant if there may be one in it; undefined when it is malformed. */
function read(resource: string): { readonly tenant: string | undefined } | undefined {
  if (/^https:\/\/[^/?#]/i.test(resource)) {
    if (!URL.canParse(resource)) return undefined;
    return { tenant: /^\/t\/([^/]+)/.exec(new URL(resource).pathname)?.[1] };
  }
  const [, user = '', host = ''] = /^acct:([^\s/?#]+)@([^\s@/?#]+)$/i.exec(resource) ?? [];
  if (user === '' || !URL.canParse(`https://${host}`)) return undefined;
  try {
    const plain = decodeURIComponent(user);
    const at = plain.lastIndexOf('@');
    return { tenant: at < 0 ? undefined : plain.slice(at + 1) };
  } catch {
    return undefined;
  }
}

const problem = (status: number, error_description: string): Reply => ({
  status,
  json: { error: status === 404 ? 'not_found' : 'invalid_request', error_description },
});
