import { z } from 'zod';
import { claimErrors } from './claim-errors.js';

/** What routes of the claim API have in common. */
export const may = (what: 'view' | 'create' | 'update' | 'delete') =>
  ({ access: { scopes: [`internal_claim_meta_${what}`] }, cors: true }) as const;

/** Parameters of lists; the contract names them and says that they are not supported yet. */
export const listQuery = z.object({
  limit: z.string().optional().describe('Not supported'),
  offset: z.string().optional().describe('Not supported'),
  filter: z.string().optional().describe('Not supported'),
  sort: z.string().optional().describe('Not supported'),
});

/** @throws ApiError 501 for a parameter that is not supported */
export function checkListQuery(query: z.output<typeof listQuery>): void {
  if (query.limit !== undefined || query.offset !== undefined) throw claimErrors.paging();
  if (query.filter !== undefined) throw claimErrors.filtering();
  if (query.sort !== undefined) throw claimErrors.sorting();
}
