import { definePlugin } from '#core/kernel';
import { SessionService, SessionServiceToken, SessionTimeoutsToken } from './session.service.js';
import { SessionTimeoutSettings } from './settings.js';

export default definePlugin({
  id: 'core.sessions',
  requires: ['core.users', 'core.applications'],
  settings: [SessionTimeoutSettings],
  setup({ container, settings }) {
    container.provideValue(SessionTimeoutsToken, settings(SessionTimeoutSettings));
    container.provide(SessionServiceToken, SessionService);
    // Built now, so that it hears of users that go.
    container.get(SessionServiceToken);
  },
});
