/** The grant type of applications that get tokens from the authorization endpoint (RFC 6749 §4.2). It has no token request. */
export const IMPLICIT = { name: 'implicit', displayName: 'Implicit', publicClientAllowed: false } as const;
