import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import type { User } from '#core/users';
import { associationErrors } from './association-errors.js';
import { type Connections, ConnectionsToken } from './connections.service.js';
import {
  type FederatedAssociations,
  FederatedAssociationsToken,
  isAccountName,
} from './federated-associations.service.js';

/** A federated association as the API shows it. */
export const federatedAnswer = z.object({
  id: z.string(),
  idp: z.object({
    id: z.string(),
    name: z.string(),
    displayName: z.string().optional(),
    imageUrl: z.string().optional(),
  }),
  federatedUserId: z.string(),
});

/** An account at an identity provider that is to be associated. */
export const federatedBody = z.object({ idp: z.string(), federatedUserId: z.string() });

type Owner = Pick<User, 'orgId' | 'id'>;

/** What the routes do with federated associations. */
@injectable()
export class FederatedAssociationParts {
  constructor(
    @inject(FederatedAssociationsToken) private readonly associations: FederatedAssociations,
    @inject(ConnectionsToken) private readonly connections: Connections,
  ) {}

  /** Those of a user. */
  async shown(user: Owner): Promise<z.input<typeof federatedAnswer>[]> {
    const answers: z.input<typeof federatedAnswer>[] = [];
    for (const { id, idpId, subject } of await this.associations.listOf(user)) {
      const idp = await this.connections.find(user.orgId, idpId);
      if (!idp) continue;
      const { name, settings } = idp;
      const imageUrl = settings.image ? { imageUrl: settings.image } : {};
      answers.push({ id, idp: { id: idpId, name, displayName: name, ...imageUrl }, federatedUserId: subject });
    }
    return answers;
  }

  /** @throws ApiError 400 for an unknown connection, an account that is none or that belongs to another user */
  async add(user: User, { idp: name, federatedUserId }: z.output<typeof federatedBody>): Promise<void> {
    const idp = await this.connections.byName(user.orgId, name);
    if (!idp) throw associationErrors.noIdp(name);
    if (!isAccountName(federatedUserId)) throw associationErrors.badAccount();
    const { association } = await this.associations.link(user, idp, federatedUserId);
    if (association.userId !== user.id) throw associationErrors.taken();
  }

  /** @throws ApiError 404 when the user has no such association */
  async remove(user: Owner, id: string): Promise<void> {
    if (!(await this.associations.unlink(user, id))) throw associationErrors.noAssociation(id);
  }

  /** Removes all of a user. */
  async removeAll(user: Owner): Promise<void> {
    for (const { id } of await this.associations.listOf(user)) await this.associations.unlink(user, id);
  }
}
