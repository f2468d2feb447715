import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import type { ApiError } from '#core/http';
import { type Registry, token } from '#core/kernel';
import { type User, type UserService, UserServiceToken } from '#core/users';
import type { CredentialKind, EnrolledCredential } from './credential-kind.js';

/** Injection token of the kinds of credentials. */
export const CredentialKindsToken = token<Registry<CredentialKind>>('authentication.credential-kinds');

/** What can be wrong, in the words of one of the credential APIs. */
export interface CredentialErrors {
  type(type: string, known: readonly string[]): ApiError;
  noUser(id: string): ApiError;
  noCredential(id: string): ApiError;
  notPossible(what: string): ApiError;
}

/** Credentials that users have enrolled, for administrators. */
@injectable()
export class Credentials {
  constructor(
    @inject(CredentialKindsToken) private readonly kinds: Registry<CredentialKind>,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(AuditLogToken) private readonly audit: AuditLog,
  ) {}

  /** @throws ApiError 404 when there is no such user */
  async list(
    orgId: string,
    userId: string,
    errors: CredentialErrors,
  ): Promise<{ readonly kind: CredentialKind; readonly enrolled: readonly EnrolledCredential[] }[]> {
    const user = await this.#user(orgId, userId, errors);
    return Promise.all(this.kinds.all().map(async (kind) => ({ kind, enrolled: await kind.list(user) })));
  }

  /** Takes one away. @throws ApiError 404 when it is not there, 400 for a type that there is not */
  async remove(orgId: string, userId: string, type: string, id: string, errors: CredentialErrors): Promise<void> {
    const user = await this.#user(orgId, userId, errors);
    const kind = this.#kind(type, errors);
    if (kind.countless) throw errors.notPossible('taken away one by one');
    if (!(await kind.remove(user, id))) throw errors.noCredential(id);
    await this.#record('revoke-credential', user, { type, credentialId: id });
  }

  /** Takes all of a type away that can only be taken away together. */
  async removeAll(orgId: string, userId: string, type: string, errors: CredentialErrors): Promise<void> {
    const user = await this.#user(orgId, userId, errors);
    const kind = this.#kind(type, errors);
    if (!kind.countless) throw errors.notPossible('taken away all at once');
    for (const { credentialId } of await kind.list(user)) await kind.remove(user, credentialId);
    await this.#record('revoke-credential', user, { type });
  }

  /** Makes new ones, which are shown once. */
  async generate(orgId: string, userId: string, type: string, errors: CredentialErrors): Promise<readonly string[]> {
    const user = await this.#user(orgId, userId, errors);
    const kind = this.#kind(type, errors);
    if (!kind.generate) throw errors.notPossible('made by an administrator');
    const values = await kind.generate(user);
    await this.#record('generate-credential', user, { type });
    return values;
  }

  #kind(type: string, errors: CredentialErrors): CredentialKind {
    const kind = this.kinds.find(type);
    if (!kind) throw errors.type(type, this.kinds.ids());
    return kind;
  }

  async #user(orgId: string, id: string, errors: CredentialErrors): Promise<User> {
    const user = await this.users.findById(orgId, id);
    if (!user) throw errors.noUser(id);
    return user;
  }

  #record(action: string, { orgId, id }: User, data: Readonly<Record<string, unknown>>): Promise<void> {
    return this.audit.record({ orgId, action, targetId: id, targetType: 'User', data });
  }
}
