/** Cookie of the single sign-on session. */
export const SESSION_COOKIE = 'commonAuthId';
