import { type Registry, token } from '#core/kernel';
import type { UserStoreManager } from './user-store.js';

/** Injection token of the kinds of user stores. */
export const StoreKindsToken = token<StoreKinds>('users.store-kinds');

const WITH_IDS = '_unique_id';
const JAVA = 'org.wso2.carbon.user.core';

/** Base64url without padding: how the user-store API makes ids of names. */
export const idOfName = (name: string): string => Buffer.from(name, 'utf8').toString('base64url');

/** What an id of the user-store API was made of, padded or not; undefined when it is none. */
export function nameOfId(id: string): string | undefined {
  if (!/^[\w-]{1,400}={0,2}$/.test(id)) return undefined;
  const name = Buffer.from(id, 'base64url').toString('utf8');
  return idOfName(name) === id.replace(/=+$/, '') ? name : undefined;
}

/** Full name of a kind, as clients of the published API know it. */
export function fullClassName({ className }: UserStoreManager): string {
  const [, family] = /(JDBC|LDAP|ActiveDirectory)UserStoreManager$/.exec(className) ?? [];
  if (family === undefined) return className;
  return `${JAVA}.${family === 'JDBC' ? 'jdbc' : 'ldap'}.${className}`;
}

/** The kinds of user stores that there are, and those of them that organizations may have as secondary stores. */
export class StoreKinds {
  /** @param allowed types or class names for secondary stores; undefined: every kind */
  constructor(
    private readonly managers: Registry<UserStoreManager>,
    private readonly allowed: readonly string[] | undefined,
  ) {}

  /** A kind by the `type` of a table or a row. The older names mean the kinds with ids that never change. */
  find(type: string): UserStoreManager | undefined {
    return this.managers.find(type) ?? this.managers.find(type + WITH_IDS);
  }

  /** Types of all kinds. */
  get types(): string[] {
    return this.managers.ids();
  }

  /** A kind by its id in the user-store API, whether it is allowed or not. */
  byTypeId(id: string): UserStoreManager | undefined {
    const name = nameOfId(id);
    return this.managers.all().find((manager) => manager.className === name || fullClassName(manager) === name);
  }

  /** Whether secondary stores may be of this kind. */
  isAllowed(manager: UserStoreManager): boolean {
    const names = [manager.type, manager.className, fullClassName(manager)];
    return this.allowed === undefined || this.allowed.some((one) => names.includes(one));
  }

  /** Kinds that secondary stores may be of, in the order of their types. */
  get offered(): UserStoreManager[] {
    return this.managers.all().filter((manager) => this.isAllowed(manager));
  }
}
