import { availableServices, type ServiceName, sqlServices } from '../../tools/services/index.mjs';

const isOffered = (name: ServiceName) => availableServices().includes(name);

/** The database of servers whose test names none: that of `npm test -- --database`, else SQLite. */
export function usualDatabase(): 'sqlite' | 'mariadb' | 'postgres' {
  const told = process.env['GATEHOUSE_TEST_DATABASE'];
  return sqlServices.find((name) => name === told) ?? 'sqlite';
}

/** Called in a hook or a test: skips it, and with a hook its suite, when a service is not part of this run. */
export function skipWithout(context: Mocha.Context, ...names: ServiceName[]): void {
  if (!names.every(isOffered)) context.skip();
}

/** `it`, or `it.skip` when a service is not part of this run. */
export function onServices(...names: ServiceName[]): Mocha.PendingTestFunction | Mocha.TestFunction {
  return names.every(isOffered) ? it : it.skip;
}

/** A `before` hook that skips the suite when a service is not part of this run. */
export function servicesOf(...names: ServiceName[]): (this: Mocha.Context) => void {
  return function (this: Mocha.Context) {
    skipWithout(this, ...names);
  };
}
