/**
 * The base of every error that Gatehouse raises on purpose.
 *
 * `message` is public: it may be shown to a client. Whatever must stay private travels in `cause`,
 * which is logged and never rendered. Each protocol family (OAuth, REST, SCIM, pages) derives from it.
 */
export class GatehouseError extends Error {
  override readonly name: string = 'GatehouseError';

  /**
   * @param code stable code from the catalogue of its family, for example `invalid_grant` or `APP-60006`
   * @param message public text
   * @param options `cause`: the private reason
   */
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A boot that cannot go on: the operator has to change something. The message is the whole explanation. */
export class BootError extends GatehouseError {
  override readonly name = 'BootError';

  constructor(message: string, options?: ErrorOptions) {
    super('boot_failed', message, options);
  }
}

/** The server is up but cannot take this piece of work now (queue full, breaker open). Rendered as 503. */
export class UnavailableError extends GatehouseError {
  override readonly name = 'UnavailableError';

  /** @param retryAfterSeconds what `Retry-After` shall say, in seconds */
  constructor(
    message: string,
    readonly retryAfterSeconds = 1,
    options?: ErrorOptions,
  ) {
    super('temporarily_unavailable', message, options);
  }
}

/** Text of any thrown value, for logs and boot messages. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
