import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { token } from '#core/kernel';

/** Injection token of the OpenID Connect scopes. */
export const OidcScopesToken = token<OidcScopes>('oauth.oidc-scopes');

const shipped = z.array(
  z.strictObject({ name: z.string(), displayName: z.string(), description: z.string(), claims: z.array(z.string()) }),
);

/** A scope that stands for claims. */
export type OidcScope = z.output<typeof shipped>[number];

/** Scopes that stand for claims (OpenID Connect Core §5.4); the same in every organization. */
export class OidcScopes {
  readonly #scopes: ReadonlyMap<string, OidcScope>;

  constructor(scopes: readonly OidcScope[]) {
    this.#scopes = new Map(scopes.map((scope) => [scope.name, scope]));
  }

  /** Reads what ships in `config/oidc`. */
  static load(folder: string): OidcScopes {
    return new OidcScopes(shipped.parse(JSON.parse(readFileSync(join(folder, 'oidc', 'scopes.json'), 'utf8'))));
  }

  has(name: string): boolean {
    return this.#scopes.has(name);
  }

  find(name: string): OidcScope | undefined {
    return this.#scopes.get(name);
  }

  get names(): string[] {
    return [...this.#scopes.keys()];
  }

  /** Names of the claims that scopes stand for together. */
  claimsOf(scopes: readonly string[]): Set<string> {
    return new Set(scopes.flatMap((name) => this.#scopes.get(name)?.claims ?? []));
  }
}
