/** RFC 6749 §3.3, `scope-token`, as long as a key of every database can be. */
const tokenPattern = /^[\x21\x23-\x5b\x5d-\x7e]{1,191}$/;
/** Scopes of the management APIs, which nobody gets without a role that has them. */
const reserved = /^(internal_|console:|SYSTEM$)/;

/** Whether a scope that an organization makes can have such a name at all. */
export const isScopeToken = (name: string): boolean => tokenPattern.test(name);

/** Whether a name is kept for the APIs of the server: who asks for a scope of an organization may just get it. */
export const isReservedScope = (name: string): boolean => reserved.test(name);
