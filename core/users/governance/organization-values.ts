import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { token } from '#core/kernel';
import { type OrganizationService, OrganizationServiceToken } from '#core/organizations';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
} from '#core/persistence';
import { OrganizationValueEntity } from './organization-value.entity.js';

/** Injection token of {@link OrganizationValues}. */
export const OrganizationValuesToken = token<OrganizationValues>('users.organization-values');

/** Values by topic and name. */
type Values = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Deepest tree of organizations that is followed. */
const DEPTH = 20;

/**
 * What organizations have set. An organization below another one has the values of the one above where it has none of
 * its own. Cached: sign-ins ask.
 */
@injectable()
export class OrganizationValues {
  readonly #cache: ConfigurationCache<Values>;

  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
  ) {
    this.#cache = caches.create<Values>('organization-values');
  }

  /** What holds for an organization: its own values, and those that it inherits. */
  async of(orgId: string, topic: string): Promise<Readonly<Record<string, string>>> {
    return (await this.#cache.get(orgId, () => this.#inherited(orgId)))?.[topic] ?? {};
  }

  /** Organizations that have set a name of a topic to a value themselves. */
  async holders(topic: string, name: string, value: string): Promise<readonly string[]> {
    const rows = await this.database.manager.findBy(OrganizationValueEntity, { topic, name });
    return rows.filter((row) => row.value === value).map(({ orgId }) => orgId);
  }

  /**
   * Sets values, and takes back those that are undefined, all or none.
   *
   * @param action for the audit log: `update-governance-connector`
   */
  async change(
    orgId: string,
    changes: readonly { readonly topic: string; readonly name: string; readonly value: string | undefined }[],
    action: string,
  ): Promise<void> {
    if (changes.length === 0) return;
    await this.database.run(async () => {
      // First of all: from here on nobody else changes them.
      await this.#cache.changed();
      for (const { topic, name, value } of changes) {
        await this.database.manager.delete(OrganizationValueEntity, { orgId, topic, name });
        if (value !== undefined)
          await this.database.manager.insert(OrganizationValueEntity, { orgId, topic, name, value });
      }
      const data = { changed: changes.map(({ topic, name }) => `${topic}:${name}`) };
      await this.audit.record({ orgId, action, targetId: orgId, targetType: 'Organization', data });
    });
  }

  async #inherited(orgId: string): Promise<Values> {
    const line: Values[] = [];
    for (let id: string | null = orgId; id !== null && line.length < DEPTH; ) {
      line.unshift(await this.#own(id));
      id = (await this.organizations.byId(id))?.parentId ?? null;
    }
    const all: Record<string, Record<string, string>> = Object.create(null) as Record<string, Record<string, string>>;
    for (const own of line)
      for (const [topic, values] of Object.entries(own)) all[topic] = { ...all[topic], ...values };
    return all;
  }

  async #own(orgId: string): Promise<Values> {
    const rows = await this.database.manager.findBy(OrganizationValueEntity, { orgId });
    const values: Record<string, Record<string, string>> = {};
    for (const { topic, name, value } of rows) values[topic] = { ...values[topic], [name]: value };
    return values;
  }
}
