import { inject, injectable } from 'tsyringe';
import { extensionPoint, type Registry, token } from '#core/kernel';
import { type ClaimCatalog, ClaimCatalogToken } from '../claims/claim-catalog.js';
import { claimUri } from '../claims/claim-model.js';
import { qualifiedName, type User } from '../user.js';
import { type UserService, UserServiceToken } from '../user.service.js';

/** Injection token of {@link PersonalData}. */
export const PersonalDataToken = token<PersonalData>('users.personal-data');
/** Injection token of the contributed sources. */
export const PersonalDataSourcesToken = token<Registry<PersonalDataSource>>('users.personal-data-sources');

/** All that is known of a person, as the export gives it. Plain data. */
export interface PersonalDataExport {
  readonly user_profile: Readonly<Record<string, unknown>>;
  readonly consents: readonly unknown[];
  readonly security: Readonly<Record<string, unknown>>;
}

/** Something that knows of a person: each room and plugin tells what it keeps. Never secrets or hashes. */
export interface PersonalDataSource {
  of(user: User): Promise<Partial<PersonalDataExport>>;
}

/** Sources of the export of personal data; what they tell is put together. */
export const PersonalDataSources = extensionPoint<PersonalDataSource>('personal-data-sources');

/** Claims that are secrets: answers to questions, codes and seeds that some servers keep as claims. */
const SECRETS = [
  ...['identity/secretkey', 'identity/verifySecretkey', 'identity/backupCodes'],
  ...['oneTimePassword', 'challengeQuestion1', 'challengeQuestion2'],
].map(claimUri);
/** State of the account: belongs to `security`, not to the profile. */
const SECURITY = claimUri('identity/');

/** Puts together all that is known of a person (GDPR article 15 and 20). */
@injectable()
export class PersonalData {
  constructor(
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(PersonalDataSourcesToken) private readonly sources: Registry<PersonalDataSource>,
  ) {}

  /** All of it. */
  async export(user: User): Promise<PersonalDataExport> {
    let all = await this.#own(user);
    for (const source of this.sources.all()) {
      const more = await source.of(user);
      all = {
        user_profile: { ...all.user_profile, ...more.user_profile },
        consents: [...all.consents, ...(more.consents ?? [])],
        security: { ...all.security, ...more.security },
      };
    }
    return all;
  }

  async #own(user: User): Promise<PersonalDataExport> {
    const uris = (await this.catalog.of(user.orgId)).locals.map(({ claimURI }) => claimURI);
    const claims = await this.users.claimsOf(
      user,
      uris.filter((uri) => !SECRETS.includes(uri)),
    );
    const shown = Object.entries(claims).map(
      ([uri, values]) => [uri, values.length === 1 ? values[0] : values] as const,
    );
    const isSecurity = ([uri]: readonly [string, unknown]) => uri.startsWith(SECURITY);
    return {
      user_profile: {
        username: qualifiedName(user),
        userId: user.id,
        userStoreDomain: user.domain,
        ...Object.fromEntries(shown.filter((one) => !isSecurity(one))),
      },
      consents: [],
      security: Object.fromEntries(shown.filter(isSecurity)),
    };
  }
}
