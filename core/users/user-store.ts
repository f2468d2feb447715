import type { z } from 'zod';
import { extensionPoint, type Logger, type Soon } from '#core/kernel';

/** A user as a store knows it. The id is a UUID that never changes. */
export interface StoredUser {
  readonly id: string;
  readonly username: string;
}

/** A group as a store knows it. */
export interface StoredGroup {
  readonly id: string;
  readonly name: string;
}

/** Attributes of the store, each with one or more values. */
export type StoreAttributes = Readonly<Record<string, readonly string[]>>;

/** What a check of credentials came to. */
export type CredentialOutcome =
  | { readonly outcome: 'accepted'; readonly user: StoredUser }
  | { readonly outcome: 'rejected'; readonly reason: 'unknown_user' | 'bad_credential'; readonly user?: StoredUser };

/**
 * One opened user store of one server. Capabilities that a store does not have are absent, which the type checker and
 * the APIs can see. The organization is always the first argument: one store holds the users of many organizations.
 */
export interface UserStore {
  /** `PRIMARY` or the domain of a secondary store; upper case. */
  readonly domain: string;
  readonly lookup: {
    byId(orgId: string, id: string): Soon<StoredUser | undefined>;
    byUsername(orgId: string, username: string): Promise<StoredUser | undefined>;
    /**
     * Users who have a value of an attribute, letters of any case, `limit` at most and always the same ones. Absent on
     * stores that cannot be searched.
     */
    byAttribute?(orgId: string, name: string, value: string, limit: number): Promise<readonly StoredUser[]>;
  };
  readonly attributes: {
    /** Values of the named attributes; what is not set is absent. */
    read(orgId: string, userId: string, names: readonly string[]): Soon<StoreAttributes>;
    /** Replaces the named attributes; an empty list deletes one. Absent on read-only stores. */
    write?(orgId: string, userId: string, changes: StoreAttributes): Promise<void>;
  };
  readonly credentials?: {
    /** Takes equally long whether the user exists or not. */
    verify(orgId: string, username: string, password: string): Promise<CredentialOutcome>;
    /** Absent where passwords cannot be set. */
    set?(orgId: string, userId: string, password: string): Promise<void>;
  };
  readonly writer?: {
    create(
      orgId: string,
      user: {
        readonly id: string;
        readonly username: string;
        readonly password?: string | undefined;
        readonly attributes: StoreAttributes;
      },
    ): Promise<StoredUser>;
    delete(orgId: string, userId: string): Promise<boolean>;
  };
  readonly groups?: {
    ofUser(orgId: string, userId: string): Promise<StoredGroup[]>;
    byName(orgId: string, name: string): Promise<StoredGroup | undefined>;
    /** Absent on read-only stores. */
    readonly writer?: {
      create(orgId: string, group: StoredGroup): Promise<void>;
      delete(orgId: string, groupId: string): Promise<void>;
      addMember(orgId: string, groupId: string, userId: string): Promise<void>;
      removeMember(orgId: string, groupId: string, userId: string): Promise<void>;
    };
  };
  /** Throws when the store cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** A kind of user store. */
export interface UserStoreManager<S extends z.ZodType = z.ZodType> {
  /** Value of `[user_store] type`: `database_unique_id`. */
  readonly type: string;
  /** Strict schema of its settings; the other keys of `[user_store]`. */
  readonly settings: S;
  /** Opens an instance. May do I/O. */
  open(domain: string, settings: z.output<S>, logger: Logger): Promise<UserStore>;
}

/** Kinds of user stores, by type. */
export const UserStoreManagers = extensionPoint<UserStoreManager>('user-store-managers');
