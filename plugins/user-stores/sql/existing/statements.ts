/** A statement on tables that are there already. */
export interface Statement {
  /** Published name. */
  readonly name: string;
  /** Key in `[user_store]`. */
  readonly key: string;
  /** What it is for, and its parameters in their order. */
  readonly description: string;
  readonly category: 'user' | 'group';
  readonly sql: string;
}

const user = 'SELECT UM_USER_ID, UM_USER_NAME, UM_USER_PASSWORD, UM_SALT_VALUE FROM UM_USER';
const own = '(SELECT UM_ID FROM UM_USER WHERE UM_USER_ID=? AND UM_TENANT_ID=?)';
const role = '(SELECT UM_ID FROM UM_ROLE WHERE UM_ROLE_NAME=? AND UM_TENANT_ID=?)';

/** The statements by what they are for, with the names under which operators know them. */
export const STATEMENTS = {
  select_user: {
    name: 'SelectUserSQL',
    key: 'select_user_sql',
    description: 'A user by name: id, name, password, salt. Parameters: name, tenant',
    category: 'user',
    sql: `${user} WHERE UM_USER_NAME=? AND UM_TENANT_ID=?`,
  },
  select_user_insensitive: {
    name: 'SelectUserSQLCaseInsensitive',
    key: 'select_user_sql_case_insensitive',
    description: 'The same without regard to case. Parameters: name, tenant',
    category: 'user',
    sql: `${user} WHERE LOWER(UM_USER_NAME)=LOWER(?) AND UM_TENANT_ID=?`,
  },
  select_user_by_id: {
    name: 'SelectUserWithIDSQL',
    key: 'select_user_with_id_sql',
    description: 'A user by id: id, name, password, salt. Parameters: id, tenant',
    category: 'user',
    sql: `${user} WHERE UM_USER_ID=? AND UM_TENANT_ID=?`,
  },
  list_users: {
    name: 'UserFilterSQL',
    key: 'user_filter_sql',
    description: 'Users whose names are LIKE something: id and name. Parameters: pattern, tenant',
    category: 'user',
    sql: 'SELECT UM_USER_ID, UM_USER_NAME FROM UM_USER WHERE UM_USER_NAME LIKE ? AND UM_TENANT_ID=? ORDER BY UM_USER_NAME',
  },
  user_attributes: {
    name: 'GetUserPropertiesForProfileSQL',
    key: 'get_user_properties_for_profile_sql',
    description: 'Attributes of a user: name and value. Parameters: id, tenant, tenant, profile',
    category: 'user',
    sql: `SELECT UM_ATTR_NAME, UM_ATTR_VALUE FROM UM_USER_ATTRIBUTE WHERE UM_USER_ID=${own} AND UM_TENANT_ID=? AND UM_PROFILE_ID=?`,
  },
  user_roles: {
    name: 'UserRoleSQL',
    key: 'user_role_sql',
    description: 'Groups of a user: name. Parameters: id, tenant, tenant',
    category: 'group',
    sql: `SELECT R.UM_ROLE_NAME FROM UM_USER_ROLE UR, UM_ROLE R WHERE UR.UM_USER_ID=${own} AND UR.UM_ROLE_ID=R.UM_ID AND R.UM_TENANT_ID=? ORDER BY R.UM_ROLE_NAME`,
  },
  list_roles: {
    name: 'GetRoleListSQL',
    key: 'get_role_list_sql',
    description: 'Groups whose names are LIKE something: name. Parameters: pattern, tenant',
    category: 'group',
    sql: "SELECT UM_ROLE_NAME FROM UM_ROLE WHERE UM_ROLE_NAME LIKE ? AND UM_TENANT_ID=? AND UM_SHARED_ROLE='0' ORDER BY UM_ROLE_NAME",
  },
  role_users: {
    name: 'GetUserListOfRoleSQL',
    key: 'get_user_list_of_role_sql',
    description: 'Members of a group: id and name. Parameters: name of the group, tenant',
    category: 'group',
    sql: 'SELECT U.UM_USER_ID, U.UM_USER_NAME FROM UM_USER_ROLE UR, UM_USER U, UM_ROLE R WHERE UR.UM_USER_ID=U.UM_ID AND UR.UM_ROLE_ID=R.UM_ID AND R.UM_ROLE_NAME=? AND R.UM_TENANT_ID=? ORDER BY U.UM_USER_NAME',
  },
  add_user: {
    name: 'AddUserSQL',
    key: 'add_user_sql',
    description: 'Makes a user. Parameters: id, name, password, salt, must change, time, tenant',
    category: 'user',
    sql: 'INSERT INTO UM_USER (UM_USER_ID, UM_USER_NAME, UM_USER_PASSWORD, UM_SALT_VALUE, UM_REQUIRE_CHANGE, UM_CHANGED_TIME, UM_TENANT_ID) VALUES (?, ?, ?, ?, ?, ?, ?)',
  },
  update_password: {
    name: 'UpdateUserPasswordSQL',
    key: 'update_user_password_sql',
    description: 'Sets a password. Parameters: password, salt, must change, time, id, tenant',
    category: 'user',
    sql: 'UPDATE UM_USER SET UM_USER_PASSWORD=?, UM_SALT_VALUE=?, UM_REQUIRE_CHANGE=?, UM_CHANGED_TIME=? WHERE UM_USER_ID=? AND UM_TENANT_ID=?',
  },
  delete_user_attributes: {
    name: 'OnDeleteUserRemoveUserAttributeSQL',
    key: 'on_delete_user_remove_user_attribute_sql',
    description: 'Removes the attributes of a user. Parameters: id, tenant, tenant',
    category: 'user',
    sql: `DELETE FROM UM_USER_ATTRIBUTE WHERE UM_USER_ID=${own} AND UM_TENANT_ID=?`,
  },
  delete_user_roles: {
    name: 'OnDeleteUserRemoveUserRoleSQL',
    key: 'on_delete_user_remove_user_role_sql',
    description: 'Takes a user out of all groups. Parameters: id, tenant, tenant',
    category: 'user',
    sql: `DELETE FROM UM_USER_ROLE WHERE UM_USER_ID=${own} AND UM_TENANT_ID=?`,
  },
  delete_user: {
    name: 'DeleteUserSQL',
    key: 'delete_user_sql',
    description: 'Removes a user. Parameters: id, tenant',
    category: 'user',
    sql: 'DELETE FROM UM_USER WHERE UM_USER_ID=? AND UM_TENANT_ID=?',
  },
  add_attribute: {
    name: 'AddUserPropertySQL',
    key: 'add_user_property_sql',
    description: 'Writes an attribute. Parameters: id, tenant, name, value, profile, tenant',
    category: 'user',
    sql: `INSERT INTO UM_USER_ATTRIBUTE (UM_USER_ID, UM_ATTR_NAME, UM_ATTR_VALUE, UM_PROFILE_ID, UM_TENANT_ID) VALUES (${own}, ?, ?, ?, ?)`,
  },
  delete_attribute: {
    name: 'DeleteUserPropertySQL',
    key: 'delete_user_property_sql',
    description: 'Removes an attribute. Parameters: id, tenant, name, profile, tenant',
    category: 'user',
    sql: `DELETE FROM UM_USER_ATTRIBUTE WHERE UM_USER_ID=${own} AND UM_ATTR_NAME=? AND UM_PROFILE_ID=? AND UM_TENANT_ID=?`,
  },
  add_role: {
    name: 'AddRoleSQL',
    key: 'add_role_sql',
    description: 'Makes a group. Parameters: name, tenant',
    category: 'group',
    sql: 'INSERT INTO UM_ROLE (UM_ROLE_NAME, UM_TENANT_ID) VALUES (?, ?)',
  },
  update_role: {
    name: 'UpdateRoleNameSQL',
    key: 'update_role_name_sql',
    description: 'Renames a group. Parameters: new name, name, tenant',
    category: 'group',
    sql: 'UPDATE UM_ROLE SET UM_ROLE_NAME=? WHERE UM_ROLE_NAME=? AND UM_TENANT_ID=?',
  },
  delete_role_users: {
    name: 'OnDeleteRoleRemoveUserRoleSQL',
    key: 'on_delete_role_remove_user_role_sql',
    description: 'Removes the members of a group. Parameters: name of the group, tenant, tenant',
    category: 'group',
    sql: `DELETE FROM UM_USER_ROLE WHERE UM_ROLE_ID=${role} AND UM_TENANT_ID=?`,
  },
  delete_role: {
    name: 'DeleteRoleSQL',
    key: 'delete_role_sql',
    description: 'Removes a group. Parameters: name, tenant',
    category: 'group',
    sql: 'DELETE FROM UM_ROLE WHERE UM_ROLE_NAME=? AND UM_TENANT_ID=?',
  },
  add_member: {
    name: 'AddUserToRoleSQL',
    key: 'add_user_to_role_sql',
    description: 'Puts a user into a group. Parameters: id, tenant, name of the group, tenant, tenant',
    category: 'group',
    sql: `INSERT INTO UM_USER_ROLE (UM_USER_ID, UM_ROLE_ID, UM_TENANT_ID) VALUES (${own}, ${role}, ?)`,
  },
  remove_member: {
    name: 'RemoveUserFromRoleSQL',
    key: 'remove_user_from_role_sql',
    description: 'Takes a user out of a group. Parameters: id, tenant, name of the group, tenant, tenant',
    category: 'group',
    sql: `DELETE FROM UM_USER_ROLE WHERE UM_USER_ID=${own} AND UM_ROLE_ID=${role} AND UM_TENANT_ID=?`,
  },
} as const satisfies Readonly<Record<string, Statement>>;

/** What a statement is for. */
export type StatementUse = keyof typeof STATEMENTS;
