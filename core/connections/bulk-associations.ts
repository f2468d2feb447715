import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { ApiError } from '#core/http';
import { type UserService, UserServiceToken } from '#core/users';
import { associationErrors } from './association-errors.js';
import { FederatedAssociationParts, federatedBody } from './association-parts.js';

/** Operations in one request at most. */
const MOST = 1000;

const operation = z.object({
  method: z.string(),
  bulkId: z.string(),
  path: z.string(),
  data: z.unknown().optional(),
});

/** Federated associations that are to be made and removed. */
export const bulkBody = z.object({
  /** Failures after which the rest is left alone; 0: never. */
  failOnErrors: z.int().min(0).default(0),
  operations: z.array(operation),
});

/** What became of each. */
export const bulkAnswer = z.object({
  Operations: z.array(
    z.object({
      bulkId: z.string(),
      status: z.object({
        statusCode: z.int(),
        errorCode: z.string().optional(),
        errorMessage: z.string().optional(),
        errorDescription: z.string().optional(),
      }),
    }),
  ),
});

type Operation = z.output<typeof operation>;
type Result = z.input<typeof bulkAnswer>['Operations'][number];

/** Makes and removes many federated associations at once. */
@injectable()
export class BulkAssociations {
  constructor(
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(FederatedAssociationParts) private readonly federated: FederatedAssociationParts,
  ) {}

  /** @throws ApiError 400 when there are too many operations; what is wrong with one of them stands in its result */
  async run(orgId: string, { failOnErrors, operations }: z.output<typeof bulkBody>): Promise<Result[]> {
    if (operations.length > MOST) throw associationErrors.tooMany(MOST);
    const results: Result[] = [];
    let failures = 0;
    for (const one of operations) {
      const result = await this.#attempt(orgId, one);
      results.push(result);
      if (result.status.statusCode >= 400) failures++;
      if (failOnErrors > 0 && failures >= failOnErrors) break;
    }
    return results;
  }

  async #attempt(orgId: string, one: Operation): Promise<Result> {
    const { bulkId } = one;
    try {
      return { bulkId, status: { statusCode: await this.#run(orgId, one) } };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { status, code, message, description } = error;
      return {
        bulkId,
        status: { statusCode: status, errorCode: code, errorMessage: message, errorDescription: description },
      };
    }
  }

  /** Status of the operation. */
  async #run(orgId: string, { method, path, data }: Operation): Promise<number> {
    const [, userId = '', associationId] = /^\/([^/]+)\/federated-associations(?:\/([^/]+))?$/.exec(path) ?? [];
    if (userId === '') throw associationErrors.badOperation(`The path ${path} is none of a federated association.`);
    const user = await this.users.findById(orgId, userId);
    if (!user) throw associationErrors.noUser(userId);
    if (method === 'POST' && associationId === undefined) {
      const account = federatedBody.safeParse(data);
      if (!account.success) throw associationErrors.badOperation('The data needs idp and federatedUserId.');
      await this.federated.add(user, account.data);
      return 201;
    }
    if (method !== 'DELETE')
      throw associationErrors.badOperation(`${method} ${path} cannot be done: POST to the list, DELETE one or all.`);
    if (associationId === undefined) await this.federated.removeAll(user);
    else await this.federated.remove(user, associationId);
    return 204;
  }
}
