import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known of the request in whose course something happens. */
export interface RequestContext {
  /** Ties log lines, audit records and error answers together. */
  readonly correlationId: string;
  /** Address of the client. */
  readonly ip?: string | undefined;
  /** Id of whoever acts, once a guard knows. */
  initiatorId?: string | undefined;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` in the course of a request. */
export function inRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The request in progress, or undefined outside of one (start-up, outbox, command line). */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

/** Notes who acts in the request in progress, for logs and audit records. */
export function actingAs(initiatorId: string): void {
  const context = storage.getStore();
  if (context) context.initiatorId = initiatorId;
}
