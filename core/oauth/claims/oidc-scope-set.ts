import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { token } from '#core/kernel';

/** Injection token of the scopes that every organization begins with. */
export const ShippedScopesToken = token<readonly OidcScope[]>('oauth.shipped-oidc-scopes');

const shipped = z.array(
  z.strictObject({ name: z.string(), displayName: z.string(), description: z.string(), claims: z.array(z.string()) }),
);

/** A scope that stands for claims (OpenID Connect Core §5.4). */
export type OidcScope = Readonly<z.output<typeof shipped>[number]>;

/** Reads the scopes that every organization begins with. @param folder what ships as data */
export const shippedScopes = (folder: string): readonly OidcScope[] =>
  shipped.parse(JSON.parse(readFileSync(join(folder, 'oidc', 'scopes.json'), 'utf8')));

/** All scopes of an organization that stand for claims. Never changes: a change makes another set. */
export class OidcScopeSet {
  readonly #scopes: ReadonlyMap<string, OidcScope>;
  readonly #claims: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(scopes: readonly OidcScope[]) {
    this.#scopes = new Map(scopes.map((scope) => [scope.name, scope]));
    this.#claims = new Map(scopes.map((scope) => [scope.name, new Set(scope.claims)]));
  }

  has(name: string): boolean {
    return this.#scopes.has(name);
  }

  find(name: string): OidcScope | undefined {
    return this.#scopes.get(name);
  }

  get all(): OidcScope[] {
    return [...this.#scopes.values()];
  }

  get names(): string[] {
    return [...this.#scopes.keys()];
  }

  /** Names of the claims that scopes stand for together. */
  claimsOf(scopes: readonly string[]): Set<string> {
    return new Set(scopes.flatMap((name) => this.#scopes.get(name)?.claims ?? []));
  }

  /** Whether one of some scopes stands for a claim. */
  contains(scopes: readonly string[], claim: string): boolean {
    return scopes.some((name) => this.#claims.get(name)?.has(claim) === true);
  }
}
