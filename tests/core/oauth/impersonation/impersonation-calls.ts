import { v4 as uuid } from 'uuid';
import { ApiResourcesToken, RoleServiceToken } from '#core/access';
import { DatabaseToken } from '#core/persistence';
import type { User } from '#core/users';
import { RoleEntity } from '../../../../core/access/entities.js';
import { type AppOptions, createApp, superPlace, type TestApp } from '../../../support/oauth-client.js';
import type { TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const tokenType = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;
const SCOPE = 'internal_user_impersonate';

/** What the browser brings home from a request for a subject token. */
export interface Brought {
  readonly subject: string;
  readonly id: string;
  readonly error: string | null;
  readonly description: string | null;
}

/** An application that is for impersonation, and a role of it that gives the permission to a user. */
export async function impersonatingApp(server: TestServer, impersonators: readonly User[], more: AppOptions = {}) {
  const app = await createApp(server, {
    ...more,
    client: {
      grantTypes: [EXCHANGE, 'authorization_code', 'refresh_token', 'implicit'],
      accessToken: { type: 'JWT' },
      subjectToken: { enable: true },
      callbackURLs: ['https://app.example/cb'],
      ...more.client,
    },
  });
  const { container } = server.server;
  const apis = await container.get(ApiResourcesToken).all(superPlace.orgId);
  const api = apis.find(({ identifier }) => identifier === 'system:impersonation');
  await app.authorize('RBAC', [SCOPE], api?.id);
  const key = { orgId: superPlace.orgId, audienceType: 'application' as const, audienceId: app.application.id };
  const named = { name: 'Impersonator', nameKey: 'impersonator', permissions: [SCOPE], createdAt: 0, modifiedAt: 0 };
  const role = Object.assign(new RoleEntity(), { id: uuid(), ...key, ...named });
  await container.get(DatabaseToken).run(async () => {
    await container.get(DatabaseToken).manager.insert(RoleEntity, role as never);
  });
  for (const user of impersonators)
    await container.get(RoleServiceToken).assign(superPlace.orgId, role.id, user.id, 'user');
  return app;
}

/** Asks for a subject token in a browser. */
export async function ask(
  app: TestApp,
  username: string,
  target: string,
  more: Readonly<Record<string, string>> = {},
  visitor = new Visitor(app.server),
): Promise<Brought> {
  const usual = { response_type: 'id_token subject_token', scope: `openid ${SCOPE}`, nonce: 'n-1' };
  const { location } = await app.visit(visitor, { ...usual, requested_subject: target, ...more }, { username });
  const answer = new URLSearchParams(location?.hash.slice(1));
  const at = (name: string) => answer.get(name) ?? location?.searchParams.get(name) ?? null;
  return {
    subject: at('subject_token') ?? '',
    id: at('id_token') ?? '',
    error: at('error') ?? at('oauthErrorCode'),
    description: at('error_description') ?? at('oauthErrorMsg'),
  };
}

/** Exchanges a subject token. */
export function exchange(app: TestApp, subject: string, actor: string, more: Readonly<Record<string, string>> = {}) {
  return app.token({
    grant_type: EXCHANGE,
    subject_token: subject,
    subject_token_type: tokenType('jwt'),
    requested_token_type: tokenType('access_token'),
    actor_token: actor,
    actor_token_type: tokenType('id_token'),
    ...more,
  });
}
