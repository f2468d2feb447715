import type { z } from 'zod';
import { extensionPoint } from '#core/kernel';
import type { ApplicationEntity } from './application.entity.js';

/** A protocol by which applications reach the server. Owned by the room of the protocol. */
export interface InboundProtocol<S extends z.ZodType = z.ZodType> {
  /** Member of `inboundProtocolConfiguration` and last part of the path: `oidc`. */
  readonly id: string;
  /** What lists call it: `oauth2`. */
  readonly type: string;
  /** Schema of its configuration in requests. */
  readonly schema: S;
  /** Schema of its configuration in answers. */
  readonly response: z.ZodType;
  /** The configuration as answers show it, or undefined when the application has none. */
  read(application: ApplicationEntity): Promise<Record<string, unknown> | undefined>;
  /** Writes the configuration, in the unit of work in progress. Returns what the answer shows, secrets included. */
  write(
    application: ApplicationEntity,
    configuration: z.output<S>,
  ): Promise<{ readonly created: boolean; readonly configuration: Record<string, unknown> }>;
  /** Removes it. Returns whether there was one. */
  remove(application: ApplicationEntity): Promise<boolean>;
  /** Name under which the protocol knows the applications: client id by application id. */
  keysOf(orgId: string, applicationIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Inbound protocols by id. */
export const InboundProtocols = extensionPoint<InboundProtocol>('inbound-protocols');
