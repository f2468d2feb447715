import { inject, injectable } from 'tsyringe';
import { v7 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type SecretBox, SecretBoxToken } from '#core/crypto';
import { type Clock, ClockToken, token } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { type Database, DatabaseToken, isDuplicate } from '#core/persistence';
import { senderErrors } from '../errors.js';
import { Lineage } from '../lineage.js';
import type { Channel } from '../provider.js';
import { SenderEntity } from './sender.entity.js';
import { DEFAULT_NAMES, type Sender, type SenderDraft } from './sender.js';
import { SenderRepository } from './sender.repository.js';
import { type CheckedSender, SenderChecks } from './sender-checks.js';

/** Injection token of the e-mail sender of `deployment.toml`, if any. */
export const DeploymentSenderToken = token<{ readonly sender: Sender | undefined }>('notifications.deployment-sender');

const PURPOSE = 'notification-sender';
/** Largest sender, sealed, in characters: what a text column of every database holds. */
const LIMIT = 60_000;

/** Senders of organizations. */
@injectable()
export class SenderService {
  constructor(
    @inject(SenderRepository) private readonly repository: SenderRepository,
    @inject(SenderChecks) private readonly checks: SenderChecks,
    @inject(DeploymentSenderToken) private readonly deployment: { readonly sender: Sender | undefined },
    @inject(Lineage) private readonly lineage: Lineage,
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** Senders of an organization, the oldest first; that of `deployment.toml` for the super tenant. */
  async list(orgId: string, channel: Channel): Promise<Sender[]> {
    if (isFixed(orgId, channel)) return this.deployment.sender ? [this.deployment.sender] : [];
    return (await this.repository.list(orgId, channel)).map((entity) => this.#opened(entity));
  }

  /** A sender by its name. Throws ApiError NSM-60006. */
  async get(orgId: string, channel: Channel, name: string): Promise<Sender> {
    const found = (await this.list(orgId, channel)).find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (!found) throw senderErrors.noSuchSender(name);
    return found;
  }

  /** Adds a sender. Throws ApiError NSM-60001, NSM-60002, NSM-60003, NSM-60012, and 405 for e-mail of the super tenant. */
  async add(orgId: string, draft: SenderDraft): Promise<Sender> {
    const { channel } = draft;
    refuseFixed(orgId, channel);
    const name = draft.name ?? DEFAULT_NAMES[channel];
    const sender = this.checks.check({ ...draft, name });
    const identity = { id: uuid(), orgId, channel, name, nameKey: name.toLowerCase(), createdAt: this.clock.now() };
    const entity = Object.assign(new SenderEntity(), { ...identity, ...this.#sealed(sender) });
    try {
      await this.database.run(async () => {
        if (await this.repository.find(orgId, channel, entity.nameKey)) throw senderErrors.exists(name);
        await this.repository.insert(entity);
        await this.#note('Add-Notification-Sender', entity);
      });
    } catch (error) {
      if (isDuplicate(error)) throw senderErrors.exists(name);
      throw error;
    }
    return sender;
  }

  /** Replaces a sender, secrets included. Throws ApiError like {@link add}, and NSM-60006. */
  async replace(orgId: string, name: string, draft: SenderDraft): Promise<Sender> {
    const { channel } = draft;
    refuseFixed(orgId, channel);
    return this.database.run(async () => {
      const entity = await this.#row(orgId, channel, name);
      const sender = this.checks.check({ ...draft, name: entity.name });
      await this.repository.update(orgId, entity.id, this.#sealed(sender));
      await this.#note('Update-Notification-Sender', entity);
      return sender;
    });
  }

  /** Deletes a sender. Throws ApiError NSM-60006, and 405 for e-mail of the super tenant. */
  async delete(orgId: string, channel: Channel, name: string): Promise<void> {
    refuseFixed(orgId, channel);
    await this.database.run(async () => {
      const entity = await this.#row(orgId, channel, name);
      await this.repository.delete(orgId, entity.id);
      await this.#note('Delete-Notification-Sender', entity);
    });
  }

  /**
   * Who sends for an organization: a sender of its own, that of the nearest ancestor, for e-mail that of
   * `deployment.toml`. Of several the one with the usual name, else the oldest.
   */
  async inForce(orgId: string, channel: Channel): Promise<CheckedSender | undefined> {
    const found = await this.#inForce(orgId, channel);
    return found && this.checks.forUse(found.sender, found.trusted);
  }

  /** Whether somebody sends for an organization, with a provider that is there. */
  async hasSender(orgId: string, channel: Channel): Promise<boolean> {
    const found = await this.#inForce(orgId, channel);
    return found !== undefined && this.checks.provider(channel, found.sender.provider) !== undefined;
  }

  async #inForce(orgId: string, channel: Channel): Promise<{ sender: Sender; trusted: boolean } | undefined> {
    const usual = DEFAULT_NAMES[channel].toLowerCase();
    for (const { id } of await this.lineage.of(orgId)) {
      if (isFixed(id, channel)) break;
      const senders = await this.list(id, channel);
      const chosen = senders.find(({ name }) => name.toLowerCase() === usual) ?? senders[0];
      if (chosen) return { sender: chosen, trusted: false };
    }
    const { sender } = this.deployment;
    return sender?.channel === channel ? { sender, trusted: true } : undefined;
  }

  async #row(orgId: string, channel: Channel, name: string): Promise<SenderEntity> {
    const found = await this.repository.find(orgId, channel, name.toLowerCase());
    if (!found) throw senderErrors.noSuchSender(name);
    return found;
  }

  #sealed({ provider, properties, authentication }: Sender): Pick<SenderEntity, 'provider' | 'sealed'> {
    const sealed = this.box.seal(PURPOSE, JSON.stringify({ properties, authentication }));
    if (sealed.length > LIMIT) throw senderErrors.invalid('The sender is too large.');
    return { provider, sealed };
  }

  #opened({ channel, name, provider, sealed }: SenderEntity): Sender {
    const text = this.box.open(PURPOSE, sealed);
    if (text === undefined)
      throw new Error(`the sender ${name} cannot be opened: it was sealed with another master key`);
    const { properties, authentication } = JSON.parse(text) as Pick<Sender, 'properties' | 'authentication'>;
    return { channel, name, provider, properties, authentication };
  }

  async #note(action: string, { id, orgId, channel, name, provider }: SenderEntity): Promise<void> {
    const target = { targetId: id, targetType: 'NotificationSender' };
    await this.audit.record({ orgId, action, ...target, data: { channel, name, provider } });
  }
}

/** The e-mail sender of the super tenant is that of `deployment.toml`. */
const isFixed = (orgId: string, channel: Channel) => channel === 'EMAIL' && orgId === SUPER_ORGANIZATION.id;

function refuseFixed(orgId: string, channel: Channel): void {
  if (isFixed(orgId, channel)) throw senderErrors.deployment();
}
