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

/** How values of a claim are to be read; `string` is text, `epoch` a time in milliseconds since 1970. */
export const DATA_TYPES = ['string', 'integer', 'decimal', 'boolean', 'date', 'datetime', 'epoch', 'complex'] as const;

/** How far values of a claim must be unique. */
export const UNIQUENESS_SCOPES = ['NONE', 'WITHIN_USERSTORE', 'ACROSS_USERSTORES'] as const;

const profile = z.strictObject({
  supportedByDefault: z.boolean().optional(),
  required: z.boolean().optional(),
  readOnly: z.boolean().optional(),
});

const localClaims = z.array(
  z.strictObject({
    claimURI: z.string().startsWith(LOCAL_DIALECT),
    /** Attribute of the store that holds it, where {@link attributes} does not say otherwise. */
    attribute: z.string(),
    /** Other attributes, by domain of the store. */
    attributes: z.record(z.string(), z.string()).default({}),
    displayName: z.string(),
    description: z.string().default(''),
    displayOrder: z.int().default(0),
    required: z.boolean().default(false),
    readOnly: z.boolean().default(false),
    /** Whether it is shown: in forms, and in the SCIM schemas. */
    supportedByDefault: z.boolean().default(false),
    multiValued: z.boolean().default(false),
    dataType: z.enum(DATA_TYPES).default('string'),
    /** Local claims that a complex one consists of. */
    subAttributes: z.array(z.string()).default([]),
    canonicalValues: z.array(z.strictObject({ label: z.string(), value: z.string() })).default([]),
    inputFormat: z.strictObject({ inputType: z.string() }).optional(),
    regEx: z.string().optional(),
    uniquenessScope: z.enum(UNIQUENESS_SCOPES).default('NONE'),
    profiles: z.record(z.string(), profile).default({}),
    /** Whether the store keeps it; when absent, identity claims are kept by the server and all others by the store. */
    managedInUserStore: z.boolean().optional(),
    /** Domains of stores for which {@link managedInUserStore} does not hold. */
    excludedUserStores: z.array(z.string()).default([]),
    sharedProfileValueResolvingMethod: z.string().optional(),
    /** Further properties, as the claim API keeps them. */
    properties: z.record(z.string(), z.string()).default({}),
    /** Whether it ships with the server. */
    system: z.boolean().default(true),
  }),
);
const externalClaims = z.array(z.strictObject({ claimURI: z.string(), mappedLocalClaimURI: z.string() }));

/** A claim of the local dialect. */
export type LocalClaim = z.output<typeof localClaims>[number];

/** Where the values of a claim are kept. */
export interface ClaimPlace {
  /** In the user store, or in the identity data that the server keeps beside it. */
  readonly in: 'store' | 'identity';
  /** Name of the attribute, or of the identity data. */
  readonly name: string;
}

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

  /** Where a store's users have the values of a local claim; undefined for a claim that there is not. */
  placeOf(uri: string, domain: string): ClaimPlace | undefined {
    const claim = this.#local.get(uri);
    if (!claim) return undefined;
    const usual = claim.managedInUserStore ?? !uri.startsWith(IDENTITY_CLAIMS);
    const inStore = claim.excludedUserStores.includes(domain) ? !usual : usual;
    return inStore
      ? { in: 'store', name: claim.attributes[domain] ?? claim.attribute }
      : {
          in: 'identity',
          name: uri.startsWith(IDENTITY_CLAIMS)
            ? uri.slice(IDENTITY_CLAIMS.length)
            : `claim:${uri.slice(LOCAL_DIALECT.length)}`,
        };
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
