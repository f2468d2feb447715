import type { StoreProperty } from '#core/users';
import { STATEMENTS } from './existing/statements.js';

type Row = readonly [name: string, key: string, displayName: string, description: string, defaultValue: string];
type Rest = Pick<StoreProperty, 'category' | 'type' | 'need'>;

const rows = (rest: Rest, ...all: Row[]): StoreProperty[] =>
  all.map(([name, key, displayName, description, defaultValue]) => ({
    name,
    key,
    displayName,
    description,
    defaultValue,
    ...rest,
  }));

const connection = 'connection' as const;

/** Settings of the store as the user-store API shows them, under their published names. */
export const sqlStoreProperties: readonly StoreProperty[] = [
  // Without a URL a store lies in the server's own database, so none of these has to be given.
  ...rows(
    { category: connection, type: 'string', need: 'optional' },
    ['url', 'url', 'Connection URL', 'URL of the database: jdbc:mysql://, jdbc:mariadb://, jdbc:postgresql://', ''],
    ['userName', 'user_name', 'Connection Name', 'User of the database', ''],
    ['driverName', 'driver_name', 'Driver Name', 'Class of the JDBC driver; the URL tells the kind', ''],
  ),
  ...rows({ category: connection, type: 'password', need: 'optional' }, [
    'password',
    'password',
    'Connection Password',
    'Password of that user',
    '',
  ]),
  ...rows(
    { category: 'basic', type: 'boolean', need: 'optional' },
    ['ReadOnly', 'read_only', 'Read-only', 'Whether users and groups can only be read', 'false'],
    ['ReadGroups', 'read_groups', 'Read Groups', 'Whether the store has groups', 'true'],
    ['WriteGroups', 'write_groups', 'Write Groups', 'Whether groups can be changed', 'true'],
    ['SCIMEnabled', 'scim_enabled', 'SCIM Enabled', 'Whether SCIM may use the store', 'true'],
    [
      'CaseInsensitiveUsername',
      'case_insensitive_username',
      'Case Insensitive Username',
      'Whether Alice and alice are the same user',
      'false',
    ],
    [
      'CaseInsensitiveAttributes',
      'case_insensitive_attributes',
      'Case Insensitive Attributes',
      'Whether values are compared without regard to case',
      'false',
    ],
    [
      'UserNameUniqueAcrossTenants',
      'user_name_unique_across_tenants',
      'Username Unique Across Tenants',
      'Accepted: names of secondary stores are unique in each organization',
      'false',
    ],
    [
      'StoreSaltedPassword',
      'store_salted_password',
      'Store Salted Passwords',
      'Whether each password has a salt',
      'true',
    ],
  ),
  ...rows(
    { category: 'user', type: 'string', need: 'optional' },
    [
      'UsernameJavaRegEx',
      'username_java_regex',
      'Username RegEx (Java)',
      'What a user name must match',
      '^[a-zA-Z0-9._\\-|/]{3,30}$',
    ],
    [
      'UsernameJavaScriptRegEx',
      'username_java_script_regex',
      'Username RegEx (Javascript)',
      'The same for forms',
      '^[\\S]{5,30}$',
    ],
    [
      'UsernameJavaRegExViolationErrorMsg',
      'username_java_reg_ex_violation_error_msg',
      'Username RegEx Violation Error Message',
      'What to say when it does not',
      'Username pattern policy violated',
    ],
    [
      'PasswordJavaRegEx',
      'password_java_regex',
      'Password RegEx (Java)',
      'What a password must match',
      '^[\\S]{5,30}$',
    ],
    [
      'PasswordJavaScriptRegEx',
      'password_java_script_regex',
      'Password RegEx (Javascript)',
      'The same for forms',
      '^[\\S]{5,30}$',
    ],
    [
      'PasswordJavaRegExViolationErrorMsg',
      'password_java_reg_ex_violation_error_msg',
      'Password RegEx Violation Error Message',
      'What to say when it does not',
      'Password length should be within 5 to 30 characters',
    ],
    [
      'PasswordDigest',
      'password_digest',
      'Password Hashing Algorithm',
      'How passwords are stored: SHA-256, SHA-512, PBKDF2, argon2id, SHA, MD5, PLAIN_TEXT',
      'SHA-256',
    ],
    [
      'Hash.Algorithm.Properties',
      'hash_algorithm_properties',
      'UserStore Hashing Configurations',
      'Costs of PBKDF2',
      '',
    ],
    [
      'MultiAttributeSeparator',
      'multi_attribute_separator',
      'Multiple Attribute Separator',
      'What stands between several values of an attribute',
      ',',
    ],
  ),
  ...rows(
    { category: 'group', type: 'string', need: 'optional' },
    [
      'RolenameJavaRegEx',
      'rolename_java_regex',
      'Role Name RegEx (Java)',
      'What the name of a group must match',
      '^[a-zA-Z0-9._\\-|/]{3,30}$',
    ],
    [
      'RolenameJavaScriptRegEx',
      'rolename_java_script_regex',
      'Role Name RegEx (Javascript)',
      'The same for forms',
      '^[\\S]{3,30}$',
    ],
  ),
  ...rows(
    { category: connection, type: 'string', need: 'advanced' },
    [
      'TableSchema',
      'table_schema',
      'Tables',
      'existing: UM_USER and so on; gatehouse: tables of this server',
      'existing',
    ],
    ['validationQuery', 'validation_query', 'Validation Query', 'What tells whether the database is there', 'SELECT 1'],
    ['CountRetrieverClass', 'count_retriever_class', 'Count Implementation', 'Accepted: users are always counted', ''],
  ),
  ...rows(
    { category: connection, type: 'boolean', need: 'advanced' },
    ['CreateTables', 'create_tables', 'Create Tables', 'Whether to make the tables of this server', 'false'],
    ['testOnBorrow', 'test_on_borrow', 'Test On Borrow', 'Accepted: lost connections are always noticed', 'false'],
    ['removeAbandoned', 'remove_abandoned', 'Remove Abandoned', 'Accepted: connections are always given back', 'false'],
  ),
  ...rows(
    { category: connection, type: 'number', need: 'advanced' },
    ['initialSize', 'initial_size', 'Initial Size', 'Connections that are opened at once', '0'],
    ['maxActive', 'max_active', 'Max Active', 'Connections at most', '40'],
    ['maxWait', 'max_wait', 'Max Wait', 'Milliseconds that a connection may take', '10000'],
    ['maxAge', 'max_age', 'Max Age', 'Milliseconds after which a connection is replaced; 0: never', '0'],
    ['queryTimeout', 'query_timeout', 'Query Timeout', 'Milliseconds that a statement may take', '10000'],
    ['TenantId', 'tenant_id', 'Tenant ID', 'UM_TENANT_ID of the rows', '-1234'],
    [
      'MaxUserNameListLength',
      'max_user_name_list_length',
      'Maximum User List Length',
      'Users of one page at most; 0: no limit',
      '100',
    ],
    [
      'MaxRoleNameListLength',
      'max_role_name_list_length',
      'Maximum Role List Length',
      'Groups of one page at most; 0: no limit',
      '100',
    ],
  ),
  ...Object.values(STATEMENTS).map(
    ({ name, key, description, category, sql }): StoreProperty => ({
      name,
      key,
      displayName: `${name
        .replace(/SQL/g, ' SQL')
        .replace(/([a-z])([A-Z])/g, '$1 $2')
        .trim()}`,
      description,
      category,
      type: 'sql',
      need: 'advanced',
      defaultValue: sql,
    }),
  ),
];
