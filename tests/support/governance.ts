import { expect } from 'chai';
import type { TestServer } from './test-server.js';

const id = (name: string) => Buffer.from(name).toString('base64url');

/** Sets properties of a governance connector as the administrator, by the API. */
export async function govern(
  server: TestServer,
  [category, connector]: readonly [string, string],
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const path = `/api/server/v1/identity-governance/${id(category)}/connectors/${id(connector)}`;
  const properties = Object.entries(values).map(([name, value]) => ({ name, value }));
  const { status, body } = await server.api('PATCH', path, { operation: 'UPDATE', properties });
  expect(status, JSON.stringify(body)).to.equal(200);
}

/** Category and name of connectors. */
export const CONNECTORS = {
  lock: ['Login Attempts Security', 'account.lock.handler'],
  disable: ['Account Management', 'account.disable.handler'],
  idle: ['Account Management', 'suspension.notification'],
  identifiers: ['Account Management', 'multiattribute.login.handler'],
  history: ['Password Policies', 'passwordHistory'],
  expiry: ['Password Policies', 'passwordExpiry'],
  policy: ['Password Policies', 'passwordPolicy'],
} as const;

/** Switches account locking on: five wrong passwords, five minutes, twice as long each further time. */
export const lockOn = (server: TestServer, more: Readonly<Record<string, string>> = {}): Promise<void> =>
  govern(server, CONNECTORS.lock, { 'account.lock.handler.lock.on.max.failed.attempts.enable': 'true', ...more });
