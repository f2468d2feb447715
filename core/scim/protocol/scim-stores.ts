import { inject, injectable } from 'tsyringe';
import { type UserStore, type UserStores, UserStoresToken } from '#core/users';
import { badRequest, ScimError, shown } from './scim-error.js';

/** The user stores as far as SCIM may use them: all but those whose `SCIMEnabled` is false. */
@injectable()
export class ScimStores {
  constructor(@inject(UserStoresToken) private readonly stores: UserStores) {}

  /** Whether SCIM may use a store. */
  readonly isOpen = ({ forScim }: UserStore): boolean => forScim !== false;

  /** A store by domain. @throws ScimError 400 when there is none, 403 when SCIM may not use it */
  async named(orgId: string, domain: string): Promise<UserStore> {
    const store = await this.stores.find(orgId, domain);
    if (!store) throw unknownDomain(domain);
    if (!this.isOpen(store)) throw closedToScim(store.domain);
    return store;
  }

  /** Whether a name has the domain of another store. */
  async isElsewhere(orgId: string, name: string, domain: string): Promise<boolean> {
    const slash = name.indexOf('/');
    const named = slash > 0 ? await this.stores.find(orgId, name.slice(0, slash)) : undefined;
    return named !== undefined && named.domain !== domain;
  }

  /** @throws ScimError 403 when SCIM may not use the store of a resource */
  async check({ orgId, domain }: { readonly orgId: string; readonly domain: string }): Promise<void> {
    const store = await this.stores.find(orgId, domain);
    if (store && !this.isOpen(store)) throw closedToScim(domain);
  }
}

/** There is no such store, or it is switched off. */
function unknownDomain(domain: string): ScimError {
  const detail = `Invalid user store domain: '${shown(domain)}'. The specified domain does not exist or is currently disabled.`;
  return badRequest('invalidValue', detail);
}

function closedToScim(domain: string): ScimError {
  return new ScimError(403, `The user store ${domain} is not open to SCIM: its property SCIMEnabled is false.`);
}
