import type { ClaimMapping, FederatedAssociations, IdentityProvider, ImplicitAssociation } from '#core/connections';
import { type Assertion, AssertionError, type OAuthClient, type TokenSubject } from '#core/oauth';
import type { User, UserService } from '#core/users';

type Subject = Exclude<TokenSubject, { readonly type: 'application' }>;

/** Whether the account of another server stands for the local user that it is linked to (`claimConfiguration.subject`). */
type LocalLink = 'DISABLED' | 'OPTIONAL' | 'MANDATORY';

function linkOf({ application }: OAuthClient): LocalLink {
  const { useMappedLocalSubject, mappedLocalSubjectMandatory } = application.settings.claimConfiguration.subject;
  if (mappedLocalSubjectMandatory) return 'MANDATORY';
  return useMappedLocalSubject ? 'OPTIONAL' : 'DISABLED';
}

/** Finds for whom tokens are that are issued in exchange for one of an identity provider. */
export class LocalAccounts {
  constructor(
    private readonly associations: FederatedAssociations,
    private readonly implicit: ImplicitAssociation,
    private readonly mapping: ClaimMapping,
    private readonly users: UserService,
  ) {}

  /** The linked user, or the account as it is; by what the application wants. Throws AssertionError. */
  async subjectOf(client: OAuthClient, idp: IdentityProvider, { claims }: Assertion): Promise<Subject> {
    const { orgId, id } = idp;
    const subject = claims.sub;
    // Only the name is carried over, and the groups that may have roles here.
    const person = { kind: 'federated', orgId, idp: id, subject, claims: {} } as const;
    const groups = await this.mapping.groups(idp, claims);
    const outsider: Subject = { type: 'federated', person: { ...person, groups } };
    const link = linkOf(client);
    if (link === 'DISABLED') return outsider;
    const association = await this.associations.find(orgId, id, subject);
    if (association) return this.#local(await this.users.findById(orgId, association.userId));
    if (link === 'OPTIONAL') return outsider;
    const found = await this.implicit.resolve(idp, { subject, claims });
    if (found.outcome === 'linked') return this.#local(found.user);
    throw new AssertionError('subject', 'The application needs a linked local account, and the subject has none.');
  }

  async #local(user: User | undefined): Promise<Subject> {
    if (!user || !(await this.users.isUsable(user)))
      throw new AssertionError('subject', 'The linked local account is locked, disabled or not there any more.');
    return { type: 'user', user };
  }
}
