import { isDeepStrictEqual } from 'node:util';
import { inject, injectable } from 'tsyringe';
import type { DataFile } from '#core/http';
import { shownExternal, shownLocal } from './claim-answers.js';
import type { ClaimDialects } from './claim-dialects.js';
import { claimErrors } from './claim-errors.js';
import { LOCAL_DIALECT_URI } from './claim-model.js';
import {
  type ExternalClaimRequest,
  externalClaimBody,
  filedDialect,
  filedExternals,
  filedLocals,
  type LocalClaimRequest,
  localClaimBody,
} from './claim-requests.js';
import { isFixedSchema } from './external-claim-rules.js';
import { ExternalClaims } from './external-claims.js';
import { type LocalClaims, LocalClaimsToken } from './local-claims.js';
import { type OrganizationClaims, OrganizationClaimsToken } from './organization-claims.js';

/** A dialect with its claims, as a file holds it. */
export type FiledDialect =
  | { readonly dialectURI: typeof LOCAL_DIALECT_URI; readonly locals: readonly LocalClaimRequest[] }
  | { readonly dialectURI: string; readonly externals: readonly ExternalClaimRequest[] };

/** The dialect in a file. @throws FileError for a file that holds none */
export function dialectIn(file: DataFile): FiledDialect {
  const { dialectURI } = file.read(filedDialect);
  if (dialectURI === LOCAL_DIALECT_URI) return { dialectURI, locals: file.read(filedLocals).claims };
  return { dialectURI, externals: file.read(filedExternals).claims };
}

/** Dialects out of files, wholly or not at all. */
@injectable()
export class DialectFiles {
  constructor(
    @inject(OrganizationClaimsToken) private readonly claims: OrganizationClaims,
    @inject(LocalClaimsToken) private readonly local: LocalClaims,
    @inject(ExternalClaims) private readonly external: ExternalClaims,
  ) {}

  /** A dialect with all of its claims. @throws ApiError CMT-50016 when there is none */
  async exported(orgId: string, uri: string): Promise<{ readonly dialectURI: string; readonly claims: object[] }> {
    const dialects = await this.claims.of(orgId);
    if (uri === LOCAL_DIALECT_URI) return { dialectURI: uri, claims: dialects.locals.map(shownLocal) };
    const dialect = dialects.dialect(uri);
    if (!dialect) throw claimErrors.noDialect(uri);
    return { dialectURI: uri, claims: dialect.claims.map((claim) => shownExternal(uri, claim)) };
  }

  /** Makes a dialect that there is not yet. @throws ApiError 400, 403 below a root organization, 409 when it is there */
  async added(orgId: string, dialect: FiledDialect): Promise<void> {
    await this.#refuseInherited(orgId);
    const { dialectURI } = dialect;
    if (!('externals' in dialect)) throw claimErrors.exists(dialectURI);
    await this.claims.together(orgId, async () => {
      await this.external.addDialect(orgId, dialectURI);
      for (const request of dialect.externals) await this.external.add(orgId, dialectURI, request);
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
    await this.claims.together(orgId, async ({ dialects: before }) => {
      if ('locals' in dialect) await this.#replaceLocal(orgId, dialect.locals, before, preserve);
      else await this.#replaceExternal(orgId, dialect, before, preserve);
    });
  }

  async #replaceLocal(
    orgId: string,
    requests: readonly LocalClaimRequest[],
    before: ClaimDialects,
    preserve: boolean,
  ): Promise<void> {
    // What a complex claim consists of comes before it.
    const isComplex = ({ subAttributes = [] }: LocalClaimRequest) => Number(subAttributes.length > 0);
    for (const request of requests.toSorted((a, b) => isComplex(a) - isComplex(b))) {
      const known = before.local(request.claimURI);
      if (!known) await this.local.add(orgId, request);
      else if (!isDeepStrictEqual(request, localClaimBody.parse(shownLocal(known))))
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
    { dialectURI, externals: requests }: Extract<FiledDialect, { readonly externals: unknown }>,
    before: ClaimDialects,
    preserve: boolean,
  ): Promise<void> {
    const dialect = before.dialect(dialectURI);
    if (!dialect) throw claimErrors.noDialect(dialectURI);
    const filed = new Set(requests.map(({ claimURI }) => claimURI));
    if (!preserve && !isFixedSchema(dialectURI))
      for (const { claimURI } of dialect.claims)
        if (!filed.has(claimURI)) await this.external.remove(orgId, dialectURI, claimURI);
    for (const request of requests) {
      const known = dialect.claims.find(({ claimURI }) => claimURI === request.claimURI);
      if (!known) await this.external.add(orgId, dialectURI, request);
      else if (!isSame(request, externalClaimBody.parse(shownExternal(dialectURI, known))))
        await this.external.replace(orgId, dialectURI, request.claimURI, request);
    }
  }

  async #refuseInherited(orgId: string): Promise<void> {
    if (await this.claims.inherits(orgId)) throw claimErrors.inheritedFile();
  }
}

const isSame = (a: ExternalClaimRequest, b: ExternalClaimRequest) =>
  a.mappedLocalClaimURI === b.mappedLocalClaimURI && isDeepStrictEqual(a.properties ?? [], b.properties ?? []);
