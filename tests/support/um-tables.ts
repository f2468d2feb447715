import { join } from 'node:path';
import type { DatabasePlace, SqlKind } from './databases.js';

/** Statements that make the tables of another product, as its own scripts do. */
export function umTables(kind: SqlKind): readonly string[] {
  const id = {
    sqlite: 'INTEGER PRIMARY KEY AUTOINCREMENT',
    mariadb: 'INTEGER AUTO_INCREMENT PRIMARY KEY',
    postgres: 'SERIAL PRIMARY KEY',
  }[kind];
  const flag = kind === 'postgres' ? 'BOOLEAN DEFAULT FALSE' : 'BOOLEAN DEFAULT 0';
  return [
    `CREATE TABLE UM_USER (UM_ID ${id}, UM_USER_ID CHAR(36) NOT NULL, UM_USER_NAME VARCHAR(255) NOT NULL,
      UM_USER_PASSWORD VARCHAR(255) NOT NULL, UM_SALT_VALUE VARCHAR(31), UM_REQUIRE_CHANGE ${flag},
      UM_CHANGED_TIME TIMESTAMP NOT NULL, UM_TENANT_ID INTEGER DEFAULT 0, UNIQUE (UM_USER_ID), UNIQUE (UM_USER_NAME, UM_TENANT_ID))`,
    `CREATE TABLE UM_USER_ATTRIBUTE (UM_ID ${id}, UM_ATTR_NAME VARCHAR(255) NOT NULL, UM_ATTR_VALUE VARCHAR(1024),
      UM_PROFILE_ID VARCHAR(255), UM_USER_ID INTEGER, UM_TENANT_ID INTEGER DEFAULT 0)`,
    `CREATE TABLE UM_ROLE (UM_ID ${id}, UM_ROLE_NAME VARCHAR(255) NOT NULL, UM_TENANT_ID INTEGER DEFAULT 0,
      UM_SHARED_ROLE CHAR(1) DEFAULT '0', UNIQUE (UM_ROLE_NAME, UM_TENANT_ID))`,
    `CREATE TABLE UM_USER_ROLE (UM_ID ${id}, UM_ROLE_ID INTEGER NOT NULL, UM_USER_ID INTEGER NOT NULL,
      UM_TENANT_ID INTEGER DEFAULT 0, UNIQUE (UM_USER_ID, UM_ROLE_ID, UM_TENANT_ID))`,
  ];
}

/** URL of a place, as a store is given it. */
export function storeUrl(place: DatabasePlace): string {
  return place.kind === 'sqlite' ? `jdbc:sqlite:${join(place.folder, 'gatehouse.db')}` : `jdbc:${place.config.url}`;
}
