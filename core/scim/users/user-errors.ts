import { ApiError } from '#core/http';
import { badRequest, notFound, ScimError } from '../protocol/scim-error.js';
import type { ScimConfig } from '../settings.js';

/** What the store answers that takes no users, attributes or passwords. */
const READ_ONLY: ReadonlySet<string> = new Set(['SUO-60001', 'SUO-60002']);

/** There is a user with that name. */
const NAME_TAKEN = 'SUO-60006';

/** The store of a user takes no changes. */
export function readOnlyStore(): ScimError {
  return badRequest('mutability', 'Invalid operation. User store is read only');
}

/** There is no such user. */
export function unknownUser(id: string): ScimError {
  return notFound('User', id);
}

/** A value of a claim that another user has. */
function notUnique(error: ApiError): ScimError {
  return new ScimError(409, error.description, { scimType: 'uniqueness', cause: error });
}

/** What the services below say of a change, in the words of the contract. */
export class UserErrors {
  constructor(private readonly config: ScimConfig) {}

  /** Runs the making of a user. */
  creating<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#translated(work, (error) => {
      if (error.status === 409) {
        const detail = `User with the name: ${name} already exists in the system.`;
        return new ScimError(409, detail, { scimType: 'uniqueness', cause: error });
      }
      return badRequest(
        'invalidValue',
        `${this.#codeOf(error)}Error in adding the user: ${name}. ${error.description}`,
        {
          cause: error,
        },
      );
    });
  }

  /** Runs a change of a user. */
  changing<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.#translated(work, (error) => {
      if (error.status === 404) return unknownUser(id);
      return badRequest('invalidValue', `${this.#codeOf(error)}${error.description}`, { cause: error });
    });
  }

  async #translated<T>(work: () => Promise<T>, translate: (error: ApiError) => ScimError): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500) throw error;
      if (READ_ONLY.has(error.code)) throw readOnlyStore();
      throw error.status === 409 && error.code !== NAME_TAKEN ? notUnique(error) : translate(error);
    }
  }

  #codeOf({ code }: ApiError): string {
    const isPolicy = this.config.enable_error_code_for_password_policy_violation && /^\d{5}$/.test(code);
    return isPolicy ? `${code} - ` : '';
  }
}
