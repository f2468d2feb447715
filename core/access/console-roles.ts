import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { v5 as uuid } from 'uuid';
import { z } from 'zod';
import { token } from '#core/kernel';
import type { ApiResource } from './api-resource-model.js';

/** Injection token of the {@link ConsoleRoles}. */
export const ConsoleRolesToken = token<ConsoleRoles>('access.console-roles');

/** The preset role of the console that whoever owns an organization has. */
export const CONSOLE_ADMINISTRATOR = 'Administrator';

const shipped = z.array(
  z.strictObject({
    name: z.string().min(1).max(191),
    permissions: z.array(z.string().regex(/^[a-z_*:]+$/)).min(1),
  }),
);

/** Below it the ids of consoles are made. Ids of other applications are random, so nobody can make one of these. */
const NAMESPACE = '5b0c3d0e-7f5c-4c3b-8a5e-3a6f6c1b9d42';

/** Id of the application by which an organization is managed, of the server's own making. */
export const consoleIdOf = (orgId: string): string => uuid(`console:${orgId}`, NAMESPACE);

/** Roles that the console has in every organization, as `config/console-roles.json` ships them. */
export interface ConsoleRoles {
  readonly names: readonly string[];
  /** Scopes that a preset role gives; none for a name that does not ship any more. @param name letters of any case */
  permissionsOf(name: string): string[];
}

/**
 * Reads the preset roles of the console. What they give is kept nowhere else, so a release that knows more scopes gives
 * them to the roles that are there.
 *
 * @param folder what ships as data
 * @throws Error for a permission that no API resource of the server knows
 */
export function consoleRoles(folder: string, resources: readonly ApiResource[]): ConsoleRoles {
  const known = resources.flatMap(({ scopes }) => scopes.map(({ name }) => name));
  const file = shipped.parse(JSON.parse(readFileSync(join(folder, 'console-roles.json'), 'utf8')));
  const roles = new Map(
    file.map(({ name, permissions }) => {
      const given = new Set(permissions.flatMap((pattern) => meant(pattern, known, name)));
      return [name.toLowerCase(), { name, permissions: [...given] }];
    }),
  );
  return {
    names: [...roles.values()].map(({ name }) => name),
    permissionsOf: (name) => [...(roles.get(name.toLowerCase())?.permissions ?? [])],
  };
}

/** Scopes that a pattern means; `*` stands for any characters. */
function meant(pattern: string, known: readonly string[], role: string): string[] {
  const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
  const found = known.filter((name) => expression.test(name));
  if (found.length === 0) throw new Error(`console-roles.json: no scope is ${pattern}, which the role ${role} gives`);
  return found;
}
