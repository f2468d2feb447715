import type { Principal, RouteDeclaration } from '#core/http';
import { badRequest, notFound, ScimError, shown } from '../protocol/scim-error.js';
import { scopesOf } from '../protocol/scim-route.js';
import { type BulkMethod, METHODS } from './bulk-request.js';

type Kind = 'user' | 'group' | 'role';

/** Collections that can be changed in bulk, by path. */
const collections: ReadonlyMap<string, Kind> = new Map([
  ['/Users', 'user'],
  ['/Groups', 'group'],
  ['/v2/Roles', 'role'],
  ['/v3/Roles', 'role'],
]);
const kinds = ['user', 'group', 'role'] as const;
const verbs = { POST: 'create', PUT: 'update', PATCH: 'update', DELETE: 'delete' } as const;
/** Covers every operation. */
const EVERYTHING = 'bulk_resource_create';

/** What an id can be made of: nothing that means something in a path or in an address. */
const ID = /^(?!\.{1,2}$)[^/\\?#%\s\p{Cc}]{1,255}$/u;

/** Where an operation goes. */
export interface BulkTarget {
  readonly route: RouteDeclaration;
  /** Path parameters. */
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the routes of single requests for operations, and whether the caller may do them in bulk. */
export class BulkTargets {
  /** By method and path: `post /Users`. */
  readonly #routes: ReadonlyMap<string, RouteDeclaration>;

  /** @param routes of resources; only those that {@link collections} name can be reached */
  constructor(routes: readonly RouteDeclaration[]) {
    this.#routes = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]));
  }

  /** Every scope that lets somebody do something in bulk. */
  get scopes(): readonly string[] {
    const names = kinds.flatMap((kind) => ['create', 'update', 'delete'].map((verb) => `bulk_${kind}_${verb}`));
    return [EVERYTHING, ...names].flatMap(scopesOf);
  }

  /**
   * The route of an operation.
   *
   * @throws ScimError 400 for a method or path that no operation has, 403 when the caller may not do it
   */
  find(method: string, path: unknown, principal: Principal | undefined): BulkTarget {
    const verb = METHODS.find((one) => one === method);
    if (!verb) throw badRequest('invalidValue', `"method" must be one of ${METHODS.join(', ')}.`);
    const { collection, id } = placeOf(path);
    const kind = collections.get(collection);
    if (!kind) throw badRequest('invalidPath', `${shown(path)} cannot be changed in bulk.`);
    if ((verb === 'POST') !== (id === undefined))
      throw badRequest('invalidPath', `The method ${verb} does not go with the path ${shown(path)}.`);
    checkScope(verb, kind, principal);
    const route = this.#routes.get(`${verb.toLowerCase()} ${collection}${id === undefined ? '' : '/:id'}`);
    if (!route) throw notFound(collection, id ?? '');
    return { route, params: id === undefined ? {} : { id } };
  }
}

/** The caller with the scopes of a route: the scope of the operation in bulk stands for them. */
export function actingOn({ access }: RouteDeclaration, principal: Principal): Principal {
  if (typeof access === 'string') return principal;
  return { ...principal, scopes: new Set([...principal.scopes, ...access.scopes]) };
}

function checkScope(method: BulkMethod, kind: Kind, principal: Principal | undefined): void {
  const enough = [EVERYTHING, `bulk_${kind}_${verbs[method]}`].flatMap(scopesOf);
  if (enough.some((scope) => principal?.scopes.has(scope))) return;
  throw new ScimError(403, 'Operation is not permitted. You do not have permissions to make this request.');
}

function placeOf(path: unknown): { readonly collection: string; readonly id: string | undefined } {
  if (typeof path !== 'string') throw badRequest('invalidPath', 'Each operation needs a "path".');
  if (collections.has(path)) return { collection: path, id: undefined };
  const slash = path.lastIndexOf('/');
  const id = path.slice(slash + 1);
  if (!ID.test(id)) throw badRequest('invalidPath', `${shown(path)} is no path of a resource.`);
  return { collection: path.slice(0, slash), id };
}
