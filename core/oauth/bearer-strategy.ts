import type { Strategy } from 'passport';
import { Strategy as BearerStrategy } from 'passport-http-bearer';
import { type Principal, requestOf } from '#core/http';
import type { AccessTokens } from './tokens/access-tokens.js';

type Done = (error: unknown, principal?: Principal | false) => void;

/** Guard of the APIs by access token (RFC 6750). */
export function bearerStrategy(tokens: () => AccessTokens): Strategy {
  const verify = async (message: unknown, value: string): Promise<Principal | false> => {
    const { organization } = requestOf(message);
    const live = await tokens().find(organization, value);
    if (!live) return false;
    const { record } = live;
    const base = {
      authenticatedBy: 'bearer' as const,
      orgId: organization.id,
      scopes: new Set(record.scopes),
      clientId: record.clientId,
      ...(record.actor ? { actorId: record.actor.sub } : {}),
    };
    if (record.userId === undefined)
      return { ...base, type: 'Application', id: record.clientId, name: live.client.application.name };
    return { ...base, type: 'User', id: record.userId, name: record.username ?? record.subject };
  };
  return new BearerStrategy(
    { realm: 'Gatehouse', passReqToCallback: true },
    (message: unknown, value: string, done: Done) => {
      verify(message, value).then(
        (principal) => done(null, principal),
        (error: unknown) => done(error),
      );
    },
  );
}
