import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { token } from '#core/kernel';

/** URI of the local dialect: every claim URI begins with it. */
export const LOCAL_DIALECT = 'http://wso2.org/claims/';
/** Claims that the server keeps, not the store. */
export const IDENTITY_CLAIMS = `${LOCAL_DIALECT}identity/`;

/** Local claim URI by short name: `claimUri('givenname')`. */
export const claimUri = (name: string): string => LOCAL_DIALECT + name;

/** Injection token of the claim dialects. */
export const ClaimDialectsToken = token<ClaimDialects>('users.claim-dialects');

const localClaims = z.array(
  z.strictObject({
    claimURI: z.string().startsWith(LOCAL_DIALECT),
    attribute: z.string(),
    displayName: z.string(),
    required: z.boolean().default(false),
    readOnly: z.boolean().default(false),
    multiValued: z.boolean().default(false),
  }),
);
const externalClaims = z.array(z.strictObject({ claimURI: z.string(), mappedLocalClaimURI: z.string() }));

/** A claim of the local dialect. */
export type LocalClaim = z.output<typeof localClaims>[number];

/** The local dialect and the dialects that map to it. */
export class ClaimDialects {
  readonly #local: ReadonlyMap<string, LocalClaim>;
  readonly #oidc: ReadonlyMap<string, string>;
  /** OpenID Connect names by local claim URI. */
  readonly #names = new Map<string, readonly string[]>();

  constructor(local: readonly LocalClaim[], oidc: ReadonlyMap<string, string>) {
    this.#local = new Map(local.map((claim) => [claim.claimURI, claim]));
    this.#oidc = oidc;
    for (const [name, uri] of oidc) this.#names.set(uri, [...(this.#names.get(uri) ?? []), name]);
  }

  /** Reads what ships in `config/claims`. */
  static load(folder: string): ClaimDialects {
    const read = (name: string) => JSON.parse(readFileSync(join(folder, 'claims', name), 'utf8')) as unknown;
    const oidc = externalClaims.parse(read('oidc.json'));
    return new ClaimDialects(
      localClaims.parse(read('local.json')),
      new Map(oidc.map((claim) => [claim.claimURI, claim.mappedLocalClaimURI])),
    );
  }

  /** A claim of the local dialect. */
  local(uri: string): LocalClaim | undefined {
    return this.#local.get(uri);
  }

  /** All claims of the local dialect. */
  get locals(): LocalClaim[] {
    return [...this.#local.values()];
  }

  /** Local claim behind an OpenID Connect claim. */
  localOfOidc(name: string): string | undefined {
    return this.#oidc.get(name);
  }

  /** OpenID Connect claims that show a local claim. */
  oidcOfLocal(uri: string): readonly string[] {
    return this.#names.get(uri) ?? [];
  }

  /** Names of all OpenID Connect claims. */
  get oidcNames(): string[] {
    return [...this.#oidc.keys()];
  }
}
