import { inject, injectable } from 'tsyringe';
import { type Pagination, PaginationToken } from '#core/http';
import { PRIMARY, type UserDirectory, UserDirectoryToken, type UserFilter, UserFilterError } from '#core/users';
import { type AskedAttributes, Projection } from '../attributes/projection.js';
import { MOST_RESULTS } from '../discovery/service-provider-config.js';
import type { Filter } from '../filter/filter.js';
import { parseFilter } from '../filter/filter-parser.js';
import type { AnswerForm } from '../protocol/media-types.js';
import { listBody, pageOf } from '../protocol/paging.js';
import { badRequest, ScimError } from '../protocol/scim-error.js';
import { ScimStores } from '../protocol/scim-stores.js';
import { type ScimConfig, ScimConfigToken } from '../settings.js';
import { UserFilters } from './user-filters.js';
import { UserReader } from './user-reader.js';
import { type UserSchemas, UserSchemasToken } from './user-schemas.js';

/** What a client asks of a list of users, by query or by body. */
export interface ListRequest extends AskedAttributes {
  readonly filter?: string | undefined;
  readonly domain?: string | undefined;
  readonly startIndex?: unknown;
  readonly count?: unknown;
  /** Whether `sortBy` or `sortOrder` was given. */
  readonly isSorted: boolean;
}

/** Users in one answer when the client does not say how many. */
const USUAL_COUNT = 100;

/** Lists of users. */
@injectable()
export class UserLists {
  constructor(
    @inject(UserDirectoryToken) private readonly directory: UserDirectory,
    @inject(ScimStores) private readonly stores: ScimStores,
    @inject(UserSchemasToken) private readonly schemas: UserSchemas,
    @inject(UserFilters) private readonly filters: UserFilters,
    @inject(UserReader) private readonly reader: UserReader,
    @inject(PaginationToken) private readonly pagination: Pagination,
    @inject(ScimConfigToken) private readonly config: ScimConfig,
  ) {}

  /**
   * Body of the list (RFC 7644 section 3.4.2).
   *
   * @param kind `list`: `GET /Users`; `search`: `POST /Users/.search`
   * @throws ScimError 400 for a filter, a domain or a page that cannot be, 501 for sorting
   */
  async list(
    orgId: string,
    request: ListRequest,
    kind: 'list' | 'search',
    answer: { readonly baseUrl: string; readonly form: AnswerForm },
  ): Promise<object> {
    if (request.isSorted) throw new ScimError(501, 'Sorting is not supported');
    const most = this.#most(kind);
    const page = pageOf(request, { usual: Math.min(USUAL_COUNT, most), most });
    const schema = await this.schemas.of(orgId);
    const projection = new Projection(schema.model, request);
    const parsed = request.filter === undefined ? undefined : parseFilter(request.filter);
    const domain = await this.#domain(orgId, request.domain, parsed);
    const filter = parsed && (await this.filters.translate(orgId, schema, parsed));
    if (page.count === 0) return listBody(0, page, []);
    const query = { filter, domain, only: this.stores.isOpen, offset: page.startIndex - 1, limit: page.count };
    const claims = this.reader.claimsFor(schema, projection);
    const { users, total } = await this.#search(orgId, { ...query, claims });
    const shown = this.config.consider_max_limit_for_total_results ? Math.min(total, most) : total;
    return listBody(shown, page, await this.reader.many(schema, users, projection, answer));
  }

  async #search(orgId: string, query: Parameters<UserDirectory['search']>[1] & { filter: UserFilter | undefined }) {
    try {
      return await this.directory.search(orgId, query);
    } catch (error) {
      if (error instanceof UserFilterError) throw badRequest('invalidFilter', error.message, { cause: error });
      throw error;
    }
  }

  #most(kind: 'list' | 'search'): number {
    const isLimited = kind === 'search' || this.config.consider_server_wide_user_endpoint_max_limit;
    const { limit } = this.pagination.page({ limit: MOST_RESULTS });
    return isLimited ? limit : MOST_RESULTS;
  }

  /** The store that is asked; undefined: all of them. */
  async #domain(orgId: string, asked: string | undefined, filter: Filter | undefined): Promise<string | undefined> {
    if (asked === undefined || asked === '') return this.#usualDomain(filter);
    const { domain } = await this.stores.named(orgId, asked);
    for (const name of namesIn(filter))
      if (await this.stores.isElsewhere(orgId, name, domain))
        throw badRequest('invalidValue', `The filter asks for ${name}, which is not in the user store ${asked}.`);
    return domain;
  }

  #usualDomain(filter: Filter | undefined): string | undefined {
    if (this.config.filter_users_and_groups_only_from_primary_domain) return PRIMARY;
    const [name] = namesIn(filter);
    const isOneName = filter?.op === 'compare' && filter.comparison === 'eq' && name !== undefined;
    return isOneName && this.config.enable_filtering_enhancements && !name.includes('/') ? PRIMARY : undefined;
  }
}

/** User names that a filter compares with. */
function namesIn(filter: Filter | undefined): readonly string[] {
  switch (filter?.op) {
    case 'and':
    case 'or':
      return filter.filters.flatMap(namesIn);
    case 'not':
      return namesIn(filter.filter);
    case 'compare':
      return filter.path.name.toLowerCase() === 'username' && typeof filter.value === 'string' ? [filter.value] : [];
    default:
      return [];
  }
}
