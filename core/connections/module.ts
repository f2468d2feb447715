import { OutboundHttpToken } from '#core/http';
import { ClockToken, definePlugin } from '#core/kernel';
import { RemoteKeySets, RemoteKeySetsToken } from './remote-key-sets.js';
import { RemoteKeySettings } from './settings.js';

export default definePlugin({
  id: 'core.connections',
  requires: ['core.applications'],
  settings: [RemoteKeySettings],
  setup({ container, settings }) {
    const keys = settings(RemoteKeySettings);
    container.provideLazily(
      RemoteKeySetsToken,
      (c) =>
        new RemoteKeySets(c.get(OutboundHttpToken), c.get(ClockToken), {
          connectTimeout: keys.connection_timeout,
          timeout: keys.read_timeout,
          maxBytes: keys.size_limit_bytes,
        }),
    );
  },
});
