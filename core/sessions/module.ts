import { PassportStrategies, Routes } from '#core/http';
import { definePlugin } from '#core/kernel';
import { UserServiceToken } from '#core/users';
import { SessionService, SessionServiceToken, SessionTimeoutsToken } from './session.service.js';
import { sessionStrategy } from './session-strategy.js';
import { SessionRoutes } from './sessions.routes.js';
import { SessionTimeoutSettings } from './settings.js';

export default definePlugin({
  id: 'core.sessions',
  requires: ['core.users', 'core.applications'],
  settings: [SessionTimeoutSettings],
  setup({ container, contribute, settings }) {
    container.provideValue(SessionTimeoutsToken, settings(SessionTimeoutSettings));
    container.provide(SessionServiceToken, SessionService);
    const parts = { sessions: container.get(SessionServiceToken), users: container.get(UserServiceToken) };
    contribute(Routes, 'user-sessions', container.build(SessionRoutes).table());
    contribute(PassportStrategies, 'session', sessionStrategy(parts));
  },
});
