import type { z } from 'zod';
import { type EntityClass, extensionPoint, type Registry, token } from '#core/kernel';
import type { ApplicationEntity } from './application.entity.js';

/** A protocol by which applications reach the server. Owned by the room of the protocol. */
export interface InboundProtocol<S extends z.ZodType = z.ZodType> {
  /** Member of `inboundProtocolConfiguration` and last part of the path: `oidc`. */
  readonly id: string;
  /** What lists call it: `oauth2`. */
  readonly type: string;
  /** What people call it. */
  readonly displayName: string;
  /** Beginning of its error codes: `OAUTH`. */
  readonly errorPrefix: string;
  /** Schema of its configuration in requests. */
  readonly schema: S;
  /** Schema of its configuration in answers. */
  readonly answer: z.ZodType;
  readonly key: ProtocolKey;
  /** The configuration as answers show it, or undefined when the application has none. */
  read(application: ApplicationEntity): Promise<Record<string, unknown> | undefined>;
  /** Checks what has to be asked elsewhere, before the unit of work is opened. Throws ApiError. */
  check?(configuration: z.output<S>): Promise<void>;
  /** Writes the configuration, in the unit of work in progress. Returns what the answer shows, new secrets included. */
  write(
    application: ApplicationEntity,
    configuration: z.output<S>,
  ): Promise<{ readonly created: boolean; readonly configuration: Record<string, unknown> }>;
  /** Removes it, in the unit of work in progress. Returns whether there was one. */
  remove(application: ApplicationEntity): Promise<boolean>;
}

/** The name under which a protocol knows an application: shown by the application, and its list can be filtered by it. */
export interface ProtocolKey {
  /** Member of the application in answers and attribute of filters: `clientId`. */
  readonly attribute: 'clientId' | 'issuer' | 'realm';
  /** Rows that hold the names; beside it they have `orgId` and `appId`. */
  readonly entity: EntityClass;
  /** Property of the entity. */
  readonly property: string;
}

/** Inbound protocols by id. */
export const InboundProtocols = extensionPoint<InboundProtocol>('inbound-protocols');

/** Injection token of the registry of inbound protocols. */
export const InboundProtocolRegistryToken = token<Registry<InboundProtocol>>('applications.inbound-protocols');
