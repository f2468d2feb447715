/**
 * A value that is at hand, or the promise of one. Most of what a request looks up is cached; with a promise for each of
 * these, requests would spend a good part of their time on promises.
 */
export type Soon<T> = T | Promise<T>;

/** Goes on with a value: at once when it is at hand. */
export function whenThere<T, R>(value: Soon<T>, next: (value: T) => Soon<R>): Soon<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
