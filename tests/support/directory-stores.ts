import { expect } from 'chai';
import type { SambaDomain } from './samba.js';
import type { SlapdTree } from './slapd.js';
import type { TestServer } from './test-server.js';

/** A directory as a secondary user store is told of it: kind and settings by their published names. */
interface DirectoryStore {
  readonly className: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** A branch of slapd, to be read and written. */
export function slapdStore({ ldapsUrl, caFile, base, adminDn, adminPassword }: SlapdTree): DirectoryStore {
  return {
    className: 'UniqueIDReadWriteLDAPUserStoreManager',
    properties: {
      ConnectionURL: ldapsUrl,
      CAFile: caFile,
      ConnectionName: adminDn,
      ConnectionPassword: adminPassword,
      UserSearchBase: `ou=Users,${base}`,
      GroupSearchBase: `ou=Groups,${base}`,
      UserEntryObjectClass: 'identityPerson',
      UserNameAttribute: 'uid',
      UserNameSearchFilter: '(&(objectClass=person)(uid=?))',
      UserNameListFilter: '(objectClass=person)',
      UserIDAttribute: 'scimId',
      UserIdSearchFilter: '(&(objectClass=person)(scimId=?))',
    },
  };
}

/** A branch of slapd as the primary user store: the table `[user_store]`, for names and passwords of any kind. */
export function slapdPrimary(tree: SlapdTree): string {
  const settings = {
    type: 'read_write_ldap_unique_id',
    connection_url: tree.ldapsUrl,
    ca_file: tree.caFile,
    connection_name: tree.adminDn,
    connection_password: tree.adminPassword,
    base_dn: tree.base,
    username_java_regex: '[^\\s*?%]{3,50}',
    rolename_java_regex: '[\\s\\S]{3,60}',
    password_java_regex: '[\\s\\S]{5,60}',
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return ['[user_store]', ...lines].join('\n');
}

/** A branch of a Samba domain, as an Active Directory. */
export function sambaStore(domain: SambaDomain): DirectoryStore {
  return {
    className: 'UniqueIDActiveDirectoryUserStoreManager',
    properties: {
      ConnectionURL: domain.url,
      CAFile: domain.caFile,
      ConnectionName: domain.adminDn,
      ConnectionPassword: domain.adminPassword,
      UserSearchBase: domain.usersBase,
      GroupSearchBase: domain.groupsBase,
      UserEntryObjectClass: 'user',
      UserNameAttribute: 'cn',
      UserNameSearchFilter: '(&(objectClass=user)(cn=?))',
      UserNameListFilter: '(objectClass=user)',
      UserIDAttribute: 'objectGuid',
      UserIdSearchFilter: '(&(objectClass=user)(objectGuid=?))',
      GroupIdAttribute: 'objectGuid',
    },
  };
}

/** Makes a secondary user store through the API. */
export async function addStore(server: TestServer, name: string, store: DirectoryStore): Promise<void> {
  const properties = Object.entries(store.properties).map(([key, value]) => ({ name: key, value }));
  const typeId = Buffer.from(store.className).toString('base64url');
  const body = { typeId, name, description: '', properties };
  const made = await server.api('POST', '/api/server/v1/userstores', body);
  expect(made.status, JSON.stringify(made.body)).to.equal(201);
}
