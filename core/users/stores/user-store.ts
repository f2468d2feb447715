import type { z } from 'zod';
import { extensionPoint, type Logger, type Soon } from '#core/kernel';
import type { StoreFilter } from './store-filter.js';
import type { StoreProperty } from './store-property.js';

/** A user as a store knows it. The id never changes. */
export interface StoredUser {
  readonly id: string;
  readonly username: string;
}

/** A group as a store knows it. The id never changes, the name may. */
export interface StoredGroup {
  readonly id: string;
  readonly name: string;
}

/** A group with its times, ISO 8601; absent when the store does not keep them. */
export interface DescribedGroup extends StoredGroup {
  readonly created?: string;
  readonly modified?: string;
}

/** Attributes of the store, each with one or more values. */
export type StoreAttributes = Readonly<Record<string, readonly string[]>>;

/** What a check of credentials came to. */
export type CredentialOutcome =
  | { readonly outcome: 'accepted'; readonly user: StoredUser }
  | {
      readonly outcome: 'rejected';
      /** `locked`, `disabled` and `password_expired`: the store itself says so, and the password was right. */
      readonly reason: 'unknown_user' | 'bad_credential' | 'locked' | 'disabled' | 'password_expired';
      readonly user?: StoredUser;
    };

/** A part of what fits a filter. */
export interface StorePageQuery {
  readonly filter?: StoreFilter | undefined;
  /** How many to skip. */
  readonly offset: number;
  /** How many at most. */
  readonly limit: number;
}

/** What was found, in an order that stays the same. */
export interface StorePage<T> {
  readonly items: readonly T[];
  /**
   * How many fit altogether. Absent when the store would have to read all to know; always there when the page lies
   * beyond the end, so that a caller who goes through several stores knows where in the next one to begin.
   */
  readonly total?: number;
}

/** A user with the attributes that were asked for. */
export interface FoundUser extends StoredUser {
  readonly attributes: StoreAttributes;
}

/** Stores that can be searched. */
export interface UserSearchCapability {
  /** Users that fit, with values of the named attributes. @throws UnavailableError when the store cannot be reached */
  users(
    orgId: string,
    query: StorePageQuery & { readonly attributes: readonly string[] },
  ): Promise<StorePage<FoundUser>>;
  /** Whether filters may ask for identity data: a store in the server's own database joins it in one statement. */
  readonly identityData: boolean;
}

/** Changes of users. Absent on read-only stores. */
export interface UserWriterCapability {
  /**
   * Makes a user, wholly or not at all.
   *
   * @param user its `id` is a proposal: a store that makes ids itself answers with its own
   * @throws ApiError 409 when the name is taken, 400 when name or password break a rule of the store
   */
  create(
    orgId: string,
    user: {
      readonly id: string;
      readonly username: string;
      readonly password?: string | undefined;
      readonly attributes: StoreAttributes;
    },
  ): Promise<StoredUser>;
  /** Removes a user with its memberships. Returns whether there was one. */
  delete(orgId: string, userId: string): Promise<boolean>;
  /** Gives another user name. Absent where names cannot change. @throws ApiError 409 when it is taken */
  rename?(orgId: string, userId: string, username: string): Promise<void>;
}

/** Groups of a store. */
export interface GroupsCapability {
  /** Groups of a user, direct ones (and nested ones where the directory resolves them), by name. */
  ofUser(orgId: string, userId: string): Promise<StoredGroup[]>;
  /** The same for many users at once: ids of users and their groups; users without a group may be absent. */
  ofUsers(orgId: string, userIds: readonly string[]): Promise<ReadonlyMap<string, readonly StoredGroup[]>>;
  byId(orgId: string, id: string): Promise<DescribedGroup | undefined>;
  byName(orgId: string, name: string): Promise<StoredGroup | undefined>;
  /** Groups that fit; filters know `id`, `name`, `member` and the attributes `created` and `modified`. */
  find(orgId: string, query: StorePageQuery): Promise<StorePage<DescribedGroup>>;
  /** Members, by user name. */
  members(orgId: string, groupId: string, page: Omit<StorePageQuery, 'filter'>): Promise<StorePage<StoredUser>>;
  /** Absent where groups cannot be written. */
  readonly writer?: {
    /** @throws ApiError 409 when the name is taken, 400 when it breaks a rule of the store */
    create(orgId: string, group: StoredGroup): Promise<StoredGroup>;
    /** @throws ApiError 409 when the name is taken, 400 when it breaks a rule of the store */
    rename(orgId: string, groupId: string, name: string): Promise<void>;
    /** Returns whether there was one. */
    delete(orgId: string, groupId: string): Promise<boolean>;
    /** Members that are already in, and ids of nobody, change nothing. */
    addMembers(orgId: string, groupId: string, userIds: readonly string[]): Promise<void>;
    removeMembers(orgId: string, groupId: string, userIds: readonly string[]): Promise<void>;
  };
}

/**
 * One opened user store. Capabilities that a store does not have are absent, which the type checker and the APIs can
 * see. The organization is always the first argument. Each method throws UnavailableError within the time limits of the
 * store when it cannot be reached.
 */
export interface UserStore {
  /** `PRIMARY` or the domain of a secondary store; upper case. */
  readonly domain: string;
  /**
   * Whether its writes are part of the server's own unit of work. If not, they go over a network, outside of any unit,
   * and the server undoes them when its own part fails.
   */
  readonly inUnit: boolean;
  /** False: SCIM may not use it (`SCIMEnabled`). */
  readonly forScim?: boolean;
  readonly lookup: {
    byId(orgId: string, id: string): Soon<StoredUser | undefined>;
    byUsername(orgId: string, username: string): Promise<StoredUser | undefined>;
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
    /** Absent where passwords cannot be set. @throws ApiError 400 when it breaks a rule of the store */
    set?(orgId: string, userId: string, password: string): Promise<void>;
  };
  readonly search?: UserSearchCapability;
  readonly writer?: UserWriterCapability;
  readonly groups?: GroupsCapability;
  /** Throws when the store cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** What a store is opened with beside its settings. */
export interface OpenedStore {
  /** `PRIMARY` or the domain of a secondary store; upper case. */
  readonly domain: string;
  /** Organization whose users it holds; undefined: those of every organization (see {@link UserStoreManager.serves}). */
  readonly orgId: string | undefined;
  readonly logger: Logger;
  /**
   * Given for secondary stores: an address of a host, to be connected to as it is, for a name that is looked up again
   * could lead into the server's own network. Throws UnavailableError for a host that the organization may not name.
   */
  readonly addressOf?: (host: string) => Promise<string>;
}

/** A kind of user store. */
export interface UserStoreManager<S extends z.ZodType = z.ZodType> {
  /** Value of `[user_store] type`: `database_unique_id`. */
  readonly type: string;
  /** Name of the kind in the user-store API, whose typeId is made from it: `UniqueIDJDBCUserStoreManager`. */
  readonly className: string;
  /**
   * `all`: one instance holds the users of all organizations apart. `one`: it knows no organizations, so it serves the
   * one that it belongs to: as primary store the root organization (other tenants have the server's own database), as
   * secondary store the organization that made it.
   */
  readonly serves: 'all' | 'one';
  /** The same where it depends on the settings. */
  servesWith?(settings: z.output<S>): 'all' | 'one';
  /** Its settings as the user-store API shows them; each `key` is one of {@link settings}. */
  readonly properties: readonly StoreProperty[];
  /** What holds in `[user_store]` instead of the defaults of {@link properties}, by key, as text. */
  readonly primaryDefaults?: Readonly<Record<string, string>>;
  /** Strict schema of its settings: the keys of `[user_store]` beside `type`. Takes text for numbers and booleans. */
  readonly settings: S;
  /** Opens an instance. A store over a network opens without it and connects when it is first needed. */
  open(settings: z.output<S>, opened: OpenedStore): Promise<UserStore>;
}

/** Kinds of user stores, by type. */
export const UserStoreManagers = extensionPoint<UserStoreManager>('user-store-managers');
