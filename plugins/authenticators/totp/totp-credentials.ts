import type { CredentialKind } from '#core/authentication';
import type { TotpEnrolments } from './totp-enrolments.js';

/** A user has one app for codes at most, so it needs no id of its own. */
const ONLY = 'totp';

/** Enrolments for one-time codes, as administrators see them. */
export function totpCredentials(enrolments: TotpEnrolments): CredentialKind {
  return {
    type: 'totp',
    list: async (user) =>
      (await enrolments.active(user)) ? [{ credentialId: ONLY, displayName: 'Authenticator app' }] : [],
    async remove(user, credentialId) {
      if (credentialId !== ONLY || !(await enrolments.active(user))) return false;
      await enrolments.remove(user);
      return true;
    },
  };
}
