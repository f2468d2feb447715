import { createDatabase, dropDatabase } from '../../tools/services/index.mjs';
import { databasePlace, openNode } from './databases.js';
import { wholeSchema } from './whole-schema.js';

type Kind = 'mariadb' | 'postgres';

/** Databases with all tables of the server: copies of one that is brought up to date once in a test process. */
class MigratedDatabases {
  readonly #templates = new Map<Kind, Promise<string>>();

  /** Makes what the others are copied from. */
  prepare(kind: Kind): Promise<string> {
    const template = this.#templates.get(kind) ?? this.#migrate(kind);
    this.#templates.set(kind, template);
    return template;
  }

  /** Makes one and returns its URL; `dropDatabase` drops it. */
  async create(kind: Kind): Promise<string> {
    return createDatabase(kind, { template: await this.prepare(kind) });
  }

  /** Drops what the others are copied from. */
  async forget(): Promise<void> {
    const templates = [...this.#templates.values()];
    this.#templates.clear();
    for (const template of templates) await dropDatabase(await template);
  }

  async #migrate(kind: Kind): Promise<string> {
    const place = await databasePlace(kind);
    await (await openNode(place, await wholeSchema())).close();
    return place.config.url as string;
  }
}

/** Those of this test process. */
export const migratedDatabases = new MigratedDatabases();
