export { type AuditEvent, AuditLog, AuditLogToken, type ChainReport, masked } from './audit-log.js';
