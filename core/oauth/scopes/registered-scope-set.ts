/** Validator of an application that asks for the roles which scopes are bound to. */
export const ROLE_VALIDATOR = 'Role based scope validator';

/** A scope that an organization has registered. */
export interface RegisteredScope {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  /** Names of roles, perhaps with `Internal/` in front; none: nobody needs a role. */
  readonly bindings: readonly string[];
}

/** How a role is told by name: without case, and without the domain that older clients put in front. */
const keyOf = (role: string): string =>
  role
    .trim()
    .toLowerCase()
    .replace(/^internal\//, '');

/** All scopes that an organization has registered. Never changes: a change makes another set. */
export class RegisteredScopeSet {
  readonly #scopes: ReadonlyMap<string, RegisteredScope>;
  readonly #roles: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(scopes: readonly RegisteredScope[]) {
    this.#scopes = new Map(scopes.map((scope) => [scope.name, scope]));
    this.#roles = new Map(scopes.map(({ name, bindings }) => [name, new Set(bindings.map(keyOf))]));
  }

  has(name: string): boolean {
    return this.#scopes.has(name);
  }

  find(name: string): RegisteredScope | undefined {
    return this.#scopes.get(name);
  }

  get all(): RegisteredScope[] {
    return [...this.#scopes.values()];
  }

  /** Whether a registered scope is bound to roles. */
  isBound(name: string): boolean {
    return (this.#roles.get(name)?.size ?? 0) > 0;
  }

  /** Whether one of some roles, by name, is one that a scope is bound to. */
  isGivenBy(name: string, roles: readonly string[]): boolean {
    return roles.some((role) => this.#roles.get(name)?.has(keyOf(role)) === true);
  }
}
