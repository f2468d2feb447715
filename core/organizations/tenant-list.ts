import type { z } from 'zod';
import type { HttpRequest } from '#core/http';
import { tenantErrors } from './errors.js';
import type { TenantQuery } from './organization.repository.js';
import type { OrganizationService } from './organization.service.js';
import { shownTenant, type tenantListAnswer, type tenantListQuery } from './tenant-model.js';

const DEFAULT_LIMIT = 15;
const MAX_LIMIT = 100;

/** Reads `domainName sw acme`; the value may be quoted. */
function conditionIn(filter: string | undefined): TenantQuery['condition'] {
  if (filter === undefined || filter.trim() === '') return undefined;
  const parts = /^\s*domainName\s+(eq|sw|ew|co)\s+(?:"([^"]*)"|(\S+))\s*$/i.exec(filter);
  if (!parts) throw tenantErrors.invalid('A filter reads: domainName eq|sw|ew|co VALUE');
  const [, operator, quoted, bare] = parts;
  return {
    operator: String(operator).toLowerCase() as NonNullable<TenantQuery['condition']>['operator'],
    value: String(quoted ?? bare).toLowerCase(),
  };
}

/** One page of tenants, with links to those beside it. */
export async function listTenants(
  organizations: OrganizationService,
  query: z.output<typeof tenantListQuery>,
  request: HttpRequest,
): Promise<z.input<typeof tenantListAnswer>> {
  const limit = Math.min(query.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
  const offset = query.offset ?? 0;
  const sortOrder = query.sortOrder?.toLowerCase() === 'desc' ? 'DESC' : 'ASC';
  const [tenants, total] = await organizations.list({ limit, offset, sortOrder, condition: conditionIn(query.filter) });
  const { sortOrder: order, sortBy, filter } = query;
  const link = (rel: 'next' | 'previous', from: number, size: number) => {
    const parameters = new URLSearchParams({ offset: String(from), limit: String(size) });
    for (const [name, value] of Object.entries({ sortOrder: order, sortBy, filter }))
      if (value !== undefined) parameters.set(name, value);
    return { href: `${request.organization.prefix}${request.path}?${parameters}`, rel };
  };
  const links: z.input<typeof tenantListAnswer>['links'] = [];
  if (limit > 0 && offset + limit < total) links.push(link('next', offset + limit, limit));
  // Behind the end, the page before is the last one there is.
  const end = Math.min(offset, total);
  if (limit > 0 && end > 0) links.push(link('previous', Math.max(end - limit, 0), Math.min(limit, end)));
  return {
    totalResults: total,
    startIndex: offset + 1,
    count: tenants.length,
    links,
    tenants: tenants.map(shownTenant),
  };
}
