import { isDeepStrictEqual } from 'node:util';
import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { type Database, DatabaseToken } from '#core/persistence';
import { shownExternal, shownLocal } from './claim-answers.js';
import type { ClaimDialects } from './claim-dialects.js';
import { claimErrors } from './claim-errors.js';
import { LOCAL_DIALECT_URI } from './claim-model.js';
import {
  dialectFile,
  type ExternalClaimRequest,
  externalClaimBody,
  type LocalClaimRequest,
  localClaimBody,
} from './claim-requests.js';
import { isFixedSchema } from './external-claim-rules.js';
import { ExternalClaims } from './external-claims.js';
import { type LocalClaims, LocalClaimsToken } from './local-claims.js';
import { type OrganizationClaims, OrganizationClaimsToken } from './organization-claims.js';

/** A dialect with its claims, as a file holds it. */
export interface FiledDialect {
  readonly dialectURI: string;
  readonly claims: readonly Record<string, unknown>[];
}

/** The dialect in a file. @throws ApiError CMT-50042 for a file that holds none */
export function filedDialect(text: string): FiledDialect {
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    throw claimErrors.file('it is not JSON. (YAML is read when it is written in the way of JSON, as exports are.)');
  }
  const result = dialectFile.safeParse(value);
  if (!result.success) throw claimErrors.file(z.prettifyError(result.error));
  return result.data;
}

/** Dialects out of files, wholly or not at all. */
@injectable()
export class DialectFiles {
  constructor(
    @inject(OrganizationClaimsToken) private readonly claims: OrganizationClaims,
    @inject(LocalClaimsToken) private readonly local: LocalClaims,
    @inject(ExternalClaims) private readonly external: ExternalClaims,
    @inject(DatabaseToken) private readonly database: Database,
  ) {}

  /** A dialect with all of its claims. @throws ApiError CMT-50016 when there is none */
  async exported(orgId: string, uri: string): Promise<FiledDialect> {
    const dialects = await this.claims.of(orgId);
    if (uri === LOCAL_DIALECT_URI) return { dialectURI: uri, claims: dialects.locals.map(shownLocal) };
    const dialect = dialects.dialect(uri);
    if (!dialect) throw claimErrors.noDialect(uri);
    return { dialectURI: uri, claims: dialect.claims.map((claim) => shownExternal(uri, claim)) };
  }

  /** Makes a dialect that there is not yet. @throws ApiError 400, 403 below a root organization, 409 when it is there */
  async added(orgId: string, { dialectURI, claims }: FiledDialect): Promise<void> {
    await this.#refuseInherited(orgId);
    const requests = claims.map((claim) => requested(externalClaimBody, claim));
    await this.database.run(async () => {
      await this.external.addDialect(orgId, dialectURI);
      for (const request of requests) await this.external.add(orgId, dialectURI, request);
    });
  }

  /**
   * Replaces the claims of a dialect.
   *
   * @param preserve whether claims that the file does not have stay
   * @throws ApiError 400, 403 below a root organization, 404 when there is no such dialect
   */
  async replaced(orgId: string, dialect: FiledDialect, preserve: boolean): Promise<void> {
    await this.#refuseInherited(orgId);
    await this.database.run(async () => {
      const before = await this.claims.of(orgId);
      if (dialect.dialectURI === LOCAL_DIALECT_URI) await this.#replaceLocal(orgId, dialect, before, preserve);
      else await this.#replaceExternal(orgId, dialect, before, preserve);
    });
  }

  async #replaceLocal(orgId: string, { claims }: FiledDialect, before: ClaimDialects, preserve: boolean) {
    const requests = claims.map((claim) => requested(localClaimBody, claim));
    // What a complex claim consists of comes before it.
    const isComplex = ({ subAttributes = [] }: LocalClaimRequest) => Number(subAttributes.length > 0);
    for (const request of requests.toSorted((a, b) => isComplex(a) - isComplex(b))) {
      const known = before.local(request.claimURI);
      if (!known) await this.local.add(orgId, request);
      else if (!isDeepStrictEqual(request, requested(localClaimBody, { ...shownLocal(known) })))
        await this.local.replace(orgId, request.claimURI, request);
    }
    if (preserve) return;
    const filed = new Set(requests.map(({ claimURI }) => claimURI));
    const gone = before.locals.filter(({ claimURI, system }) => !system && !filed.has(claimURI));
    const wholesFirst = gone.toSorted((a, b) => b.subAttributes.length - a.subAttributes.length);
    for (const { claimURI } of wholesFirst) await this.local.remove(orgId, claimURI);
  }

  async #replaceExternal(
    orgId: string,
    { dialectURI, claims }: FiledDialect,
    before: ClaimDialects,
    preserve: boolean,
  ): Promise<void> {
    const dialect = before.dialect(dialectURI);
    if (!dialect) throw claimErrors.noDialect(dialectURI);
    const requests = claims.map((claim) => requested(externalClaimBody, claim));
    const filed = new Set(requests.map(({ claimURI }) => claimURI));
    if (!preserve && !isFixedSchema(dialectURI))
      for (const { claimURI } of dialect.claims)
        if (!filed.has(claimURI)) await this.external.remove(orgId, dialectURI, claimURI);
    for (const request of requests) {
      const known = dialect.claims.find(({ claimURI }) => claimURI === request.claimURI);
      if (!known) await this.external.add(orgId, dialectURI, request);
      else if (!isSame(request, requested(externalClaimBody, { ...shownExternal(dialectURI, known) })))
        await this.external.replace(orgId, dialectURI, request.claimURI, request);
    }
  }

  async #refuseInherited(orgId: string): Promise<void> {
    if (await this.claims.inherits(orgId)) throw claimErrors.inheritedFile();
  }
}

const isSame = (a: ExternalClaimRequest, b: ExternalClaimRequest) =>
  a.mappedLocalClaimURI === b.mappedLocalClaimURI && isDeepStrictEqual(a.properties ?? [], b.properties ?? []);

function requested<S extends z.ZodType>(schema: S, claim: Record<string, unknown>): z.output<S> {
  const result = schema.safeParse(claim);
  if (result.success) return result.data;
  throw claimErrors.file(`${String(claim['claimURI'])}: ${z.prettifyError(result.error)}`);
}
