import { eventType } from '#core/kernel';

/**
 * Scopes may have been taken from users or applications: a role gives less or is gone, a group has lost a role, an
 * application may ask for less. Whom it concerns is for the listener to find out.
 */
export const ScopeSourcesChanged = eventType<{ readonly orgId: string }>('access.scope-sources-changed');

/** A role was taken from a user. */
export const RoleTaken = eventType<{ readonly orgId: string; readonly userId: string; readonly roleId: string }>(
  'access.role-taken',
);
