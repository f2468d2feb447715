/** A setting of a user store, as the user-store API and its forms know it. */
export interface StoreProperty {
  /** Published name: `ConnectionURL`. */
  readonly name: string;
  /** Key in `[user_store]`: `connection_url`. */
  readonly key: string;
  readonly displayName: string;
  /** What it does, in one sentence. */
  readonly description: string;
  readonly category: 'connection' | 'basic' | 'user' | 'group';
  readonly type: 'string' | 'password' | 'boolean' | 'number' | 'sql';
  /** `mandatory` ones must be given when a secondary store is made. */
  readonly need: 'mandatory' | 'optional' | 'advanced';
  /** It is the path of a file that the server reads; only organizations whose administrators run the server may name one. */
  readonly isFile?: true;
  /** What holds when a secondary store does not give it, as text. */
  readonly defaultValue: string;
}
