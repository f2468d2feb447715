import { availableServices, type ServiceName } from '../../tools/services/index.mjs';

/** A `before` hook that skips the suite when a service is not part of this run. */
export function servicesOf(...names: ServiceName[]): (this: Mocha.Context) => void {
  return function (this: Mocha.Context) {
    if (names.some((name) => !availableServices().includes(name))) this.skip();
  };
}

/** `it`, or `it.skip` when a service is not part of this run. */
export function onServices(...names: ServiceName[]): Mocha.PendingTestFunction | Mocha.TestFunction {
  return names.every((name) => availableServices().includes(name)) ? it : it.skip;
}
