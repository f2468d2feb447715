import { inject, injectable } from 'tsyringe';
import type { z } from 'zod';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Soon, token, whenThere } from '#core/kernel';
import { type OrganizationService, OrganizationServiceToken } from '#core/organizations';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
} from '#core/persistence';
import { OrganizationSettingEntity } from './organization-setting.entity.js';

/** Injection token of the OAuth settings of organizations. */
export const OrganizationOAuthSettingsToken = token<OrganizationOAuthSettings>('oauth.organization-settings');

/** A subject that organizations can set, with the schema of its members: all optional or with a default. */
export interface OrganizationSetting<S extends z.ZodObject> {
  /** At most 64 characters: `inbound-oauth2`. */
  readonly name: string;
  readonly schema: S;
}

type Members = Readonly<Record<string, unknown>>;

/** What a chain of organizations comes to. */
interface Parsed {
  readonly chain: readonly Members[];
  readonly schema: z.ZodObject;
  readonly whole: unknown;
}

/** What organizations set for OAuth, by subject. Cached: every request may ask. */
@injectable()
export class OrganizationOAuthSettings {
  readonly #cache: ConfigurationCache<{ readonly own: Members }>;
  readonly #parsed = new WeakMap<Members, Parsed>();

  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(OrganizationServiceToken) private readonly organizations: OrganizationService,
    @inject(AuditLogToken) private readonly audit: AuditLog,
  ) {
    this.#cache = caches.create('oauth-organization-setting', 2000);
  }

  /** What holds in an organization: what it has set itself, over what the organizations above it have set, over the defaults. */
  find<S extends z.ZodObject>(orgId: string, { name, schema }: OrganizationSetting<S>): Soon<Readonly<z.output<S>>> {
    return whenThere(this.#chain(orgId, name, new Map()), (chain) => this.#whole(chain, schema));
  }

  /** What an organization has set, then what those above it have set. @param found of those below, by id */
  #chain(orgId: string, name: string, found: Map<string, Members>): Soon<readonly Members[]> {
    return whenThere(this.#own(orgId, name), (own) => {
      found.set(orgId, own);
      return whenThere(this.organizations.byId(orgId), (organization) => {
        const above = organization?.parentId ?? undefined;
        return above === undefined || found.has(above) ? [...found.values()] : this.#chain(above, name, found);
      });
    });
  }

  /** What a chain comes to; parsed once for as long as all of it stays in the cache. */
  #whole<S extends z.ZodObject>(chain: readonly Members[], schema: S): Readonly<z.output<S>> {
    const own = chain[0] as Members;
    const known = this.#parsed.get(own);
    const isSame = known?.schema === schema && known.chain.length === chain.length;
    if (isSame && known.chain.every((members, index) => members === chain[index])) return known.whole as z.output<S>;
    const whole = schema.parse(Object.assign({}, ...[...chain].reverse()));
    this.#parsed.set(own, { chain, schema, whole });
    return whole;
  }

  /** What an organization itself has set. */
  own(orgId: string, { name }: Pick<OrganizationSetting<z.ZodObject>, 'name'>): Soon<Members> {
    return this.#own(orgId, name);
  }

  /** Sets members and leaves the others as they are. */
  async change<S extends z.ZodObject>(
    orgId: string,
    { name }: OrganizationSetting<S>,
    members: Partial<z.input<S>>,
  ): Promise<void> {
    await this.database.run(async () => {
      await this.note(orgId, { name }, members);
      const data = await this.#own(orgId, name);
      await this.#record(orgId, name, 'update-oauth-setting', data);
    });
  }

  /** The same for what the server itself keeps: no administrator has done it, so the audit log has nothing to tell. */
  async note(orgId: string, { name }: Pick<OrganizationSetting<z.ZodObject>, 'name'>, members: Members): Promise<void> {
    await this.database.run(async () => {
      // First of all: from here on nobody else changes them.
      await this.#cache.changed();
      const content = { ...(await this.#own(orgId, name)), ...members };
      await this.database.manager.save(OrganizationSettingEntity, { orgId, name, content });
    });
  }

  /** Forgets what an organization has set. */
  async remove(orgId: string, { name }: Pick<OrganizationSetting<z.ZodObject>, 'name'>): Promise<void> {
    await this.database.run(async () => {
      await this.database.manager.delete(OrganizationSettingEntity, { orgId, name });
      await this.#record(orgId, name, 'delete-oauth-setting', {});
      await this.#cache.changed();
    });
  }

  #own(orgId: string, name: string): Soon<Members> {
    const load = async () => {
      const row = await this.database.manager.findOneBy(OrganizationSettingEntity, { orgId, name });
      return { own: row?.content ?? {} };
    };
    return whenThere(this.#cache.get(`${orgId}:${name}`, load), (row) => row?.own ?? {});
  }

  async #record(orgId: string, targetId: string, action: string, data: Members): Promise<void> {
    await this.audit.record({ orgId, action, targetId, targetType: 'Organization', data });
  }
}
