import { expect } from 'chai';
import { type NotificationOrder, NotificationServiceToken } from '#core/notifications';
import { SUPER_ORGANIZATION } from '#core/organizations';
import type { TestServer } from '../../support/test-server.js';

/** A notification that was given up, as the API shows it. */
export interface Failure {
  readonly id: string;
  readonly channel: string;
  readonly template: string;
  readonly to: string;
  readonly attempts: number;
  readonly reason: string;
}

/** Settings by which a server may reach the test's own peers and looks into its outbox often. */
export const peersAllowed = (caFile?: string) => `
[outbound_http]
private_hosts = ["127.0.0.1", "localhost"]
${caFile === undefined ? '' : `ca_files = [${JSON.stringify(caFile)}]`}
[outbox]
poll_interval = "10ms"
max_attempts = 3
`;

/** Sends a notice of CIBA by e-mail to `bob@shop.example`, unless told otherwise. */
export function notify(server: TestServer, order: Partial<NotificationOrder> = {}): Promise<string> {
  return server.server.container.get(NotificationServiceToken).send({
    orgId: SUPER_ORGANIZATION.id,
    channel: 'EMAIL',
    template: 'CIBAAuthenticationNotification',
    to: { address: 'bob@shop.example', name: 'Bob' },
    placeholders: {
      'user-name': 'Bob',
      'ciba-auth-url': 'https://id.example/oauth2/ciba_authorize?authCodeKey=one-time-key&x=1',
      'binding-message': 'Pay 10',
      'expiry-time': '12:00',
    },
    ...order,
  });
}

/** Notifications of an organization that were given up. */
export async function failures(server: TestServer, prefix = ''): Promise<readonly Failure[]> {
  const path = `${prefix}/api/server/v1/notification-failures`;
  const { status, body } = await server.api<{ notifications: Failure[] }>('GET', path);
  expect(status, JSON.stringify(body)).to.equal(200);
  return body.notifications;
}
