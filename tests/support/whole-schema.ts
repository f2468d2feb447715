import { Entities, type EntityClass, type MigrationClass, Migrations } from '#core/kernel';
import { Server } from '../../core/server.js';
import { temporaryFolder } from './kernels.js';
import { keptLog } from './log-lines.js';

/** Every entity and migration of the real server. */
export async function wholeSchema(): Promise<{ entities: EntityClass[]; migrations: MigrationClass[] }> {
  const folder = temporaryFolder({ 'deployment.toml': '' });
  const options = { config: `${folder}/deployment.toml`, data: folder, env: {}, logger: keptLog().logger };
  const kernel = await Server.prepare(options);
  return { entities: kernel.extensions.of(Entities).all(), migrations: kernel.extensions.of(Migrations).all() };
}
