import { PassportStrategies, Routes } from '#core/http';
import { definePlugin } from '#core/kernel';
import { OutboxHandlers, StateEnds } from '#core/persistence';
import { UserServiceToken } from '#core/users';
import { SessionService, SessionServiceToken } from './session.service.js';
import { SessionConfigs, SessionConfigsToken, SessionTimeoutsToken, TIMEOUTS_TOPIC } from './session-configs.js';
import { sessionConfigRoutes } from './session-configs.routes.js';
import { SESSION_KIND } from './session-entry.js';
import { sessionStrategy } from './session-strategy.js';
import { SessionRoutes } from './sessions.routes.js';
import { SessionTimeoutSettings } from './settings.js';
import { TimeoutChanges } from './timeout-changes.js';

export default definePlugin({
  id: 'core.sessions',
  requires: ['core.users', 'core.applications'],
  settings: [SessionTimeoutSettings],
  setup({ container, contribute, settings }) {
    container.provideValue(SessionTimeoutsToken, settings(SessionTimeoutSettings));
    container.provide(SessionConfigsToken, SessionConfigs);
    container.provide(SessionServiceToken, SessionService);
    contribute(StateEnds, SESSION_KIND, container.get(SessionServiceToken));
    contribute(OutboxHandlers, TIMEOUTS_TOPIC, container.build(TimeoutChanges));
    const parts = { sessions: container.get(SessionServiceToken), users: container.get(UserServiceToken) };
    contribute(Routes, 'user-sessions', container.build(SessionRoutes).table());
    contribute(Routes, 'session-configs', sessionConfigRoutes(container.get(SessionConfigsToken)));
    contribute(PassportStrategies, 'session', sessionStrategy(parts));
  },
});
