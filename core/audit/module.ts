import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { definePlugin, settings } from '#core/kernel';
import { DataFolderToken } from '#core/persistence';
import { AuditFileToken, AuditLog, AuditLogToken } from './audit-log.js';
import { AuditChainEntity, AuditRecordEntity } from './audit-record.entity.js';
import { Audit2026112100020 } from './migrations/0001-audit.js';

/** `[audit_log]` */
const AuditSettings = settings(
  'audit_log',
  z.strictObject({
    file: z
      .string()
      .default('logs/audit.log')
      .describe('File that gets a copy of each audit record; relative to the data folder'),
  }),
);

export default definePlugin({
  id: 'core.audit',
  requires: ['core.persistence', 'core.crypto'],
  settings: [AuditSettings],
  entities: [AuditRecordEntity, AuditChainEntity],
  migrations: [Audit2026112100020],
  setup({ container, settings: read }) {
    const { file } = read(AuditSettings);
    container.provideLazily(AuditFileToken, (c) => (isAbsolute(file) ? file : join(c.get(DataFolderToken), file)));
    container.provide(AuditLogToken, AuditLog);
    const log = () => container.get(AuditLogToken);
    return { start: () => log().start(), stop: () => log().stop() };
  },
});
