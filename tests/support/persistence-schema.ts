import { LivingState2026112100001 } from '../../core/persistence/migrations/0001-living-state.js';
import { Outbox2026112100002 } from '../../core/persistence/migrations/0002-outbox.js';
import { LongTexts2026112100690 } from '../../core/persistence/migrations/0003-long-texts.js';
import {
  ConfigVersionEntity,
  LivingStateEntity,
  LivingStateRefEntity,
  OutboxMessageEntity,
} from '../../core/persistence/tables.entity.js';

/** The tables of persistence itself. */
export const persistenceSchema = {
  entities: [LivingStateEntity, LivingStateRefEntity, OutboxMessageEntity, ConfigVersionEntity],
  migrations: [LivingState2026112100001, Outbox2026112100002, LongTexts2026112100690],
};
