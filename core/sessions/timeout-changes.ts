import { inject, injectable } from 'tsyringe';
import {
  type Database,
  DatabaseToken,
  type OutboxDelivery,
  type OutboxHandler,
  type StateStore,
  StateStoreToken,
} from '#core/persistence';
import type { Session } from './session.js';
import { type SessionConfigs, SessionConfigsToken } from './session-configs.js';
import { entryOf, SESSION_KIND } from './session-entry.js';

/**
 * Gives the sessions that there are the end that follows from new timeouts: those whose time is over by them are ended
 * as any other, and do not wait for the end that was noted when they were used last.
 */
@injectable()
export class TimeoutChanges implements OutboxHandler {
  constructor(
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(SessionConfigsToken) private readonly configs: SessionConfigs,
    @inject(DatabaseToken) private readonly database: Database,
  ) {}

  /** Goes through the sessions of the organization. */
  async deliver({ orgId }: OutboxDelivery): Promise<void> {
    // In a unit of work, so that it is not what this node remembers from before the change.
    const timeouts = await this.database.run(() => this.configs.timeoutsOf(orgId));
    for await (const { id } of this.state.scan<Session>(orgId, SESSION_KIND))
      await this.state.update<Session>({ orgId, kind: SESSION_KIND, id }, (session) => entryOf(session, timeouts));
  }
}
