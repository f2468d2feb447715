import { UnavailableError } from '#core/kernel';
import type { UserStore } from './user-store.js';

/**
 * Stands for a store that is set up but cannot be opened: its kind is not there any more, or does not take the settings.
 * Like one that cannot be reached it is in the way of nobody but its own users.
 */
export function unavailableStore(domain: string, cause: unknown): UserStore {
  const away = () =>
    Promise.reject(new UnavailableError('A user store cannot be used at present. Try again later.', 30, { cause }));
  return {
    domain,
    inUnit: false,
    lookup: { byId: away, byUsername: away },
    attributes: { read: away },
    credentials: { verify: away },
    ping: away,
    close: async () => undefined,
  };
}
