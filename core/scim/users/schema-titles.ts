import { Schemas } from '../protocol/schemas.js';

/** What a schema of users is called. */
interface SchemaTitle {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

const TITLES: Readonly<Record<string, readonly [name: string, description: string]>> = {
  [Schemas.common]: ['Core', 'Attributes of every resource'],
  [Schemas.user]: ['User', 'User Account'],
  [Schemas.enterpriseUser]: ['EnterpriseUser', 'Enterprise User'],
  [Schemas.system]: ['System', 'Attributes of accounts that the server knows'],
};

/** A schema of users with its name; the one that has none of its own is that of custom attributes. */
export function titled(id: string): SchemaTitle {
  const [name, description] = TITLES[id] ?? ['CustomUser', 'Attributes of your own'];
  return { id, name, description };
}
