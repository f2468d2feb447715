import { isDeepStrictEqual } from 'node:util';
import type { DetailsValidator } from '#core/access';
import type { HttpRequest } from '#core/http';
import { extensionPoint, type Registry, token } from '#core/kernel';
import type { OAuthClient } from '../clients/client.service.js';
import type { AuthorizationDetail } from '../tokens/records.js';

/** A detail as its processor sees it: in the request of a client, with what is registered of its type. */
export interface DetailSituation {
  readonly http: HttpRequest;
  readonly client: OAuthClient;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** Knows one type of authorization details (RFC 9396). */
export interface DetailsProcessor {
  /** Value of the member `type`. */
  readonly type: string;
  /** What is wrong with a detail; undefined when nothing is. The text goes to the log. */
  validate(detail: AuthorizationDetail, situation: DetailSituation): Promise<string | undefined> | string | undefined;
  /** The detail with what the user should see and the API will need: called on good ones, before the user is asked. */
  enrich?(detail: AuthorizationDetail, situation: DetailSituation): Promise<AuthorizationDetail> | AuthorizationDetail;
  /** Whether a detail allows no more than another one that was granted. */
  isEqualOrSubset(asked: AuthorizationDetail, granted: AuthorizationDetail): boolean;
}

/** Types of authorization details that need more than a JSON Schema, by `type`. */
export const AuthorizationDetailsTypes = extensionPoint<DetailsProcessor>('authorization-details-types');

/** Injection token of their registry. */
export const DetailsProcessorRegistryToken = token<Registry<DetailsProcessor>>('oauth.authorization-details-types');

/**
 * The processor of types that nobody has contributed: by the JSON Schema of the type.
 *
 * @param validatorOf the validator of a schema
 */
export function schemaProcessor(
  type: string,
  validatorOf: (schema: DetailSituation['schema']) => DetailsValidator,
): DetailsProcessor {
  return {
    type,
    validate: (detail, { schema }) => validatorOf(schema)(detail),
    isEqualOrSubset: isNoMore,
  };
}

/**
 * Whether a detail says the same as another, with lists that have fewer elements. A member that is not there could mean
 * more as well as less, and so could an empty list.
 */
function isNoMore(asked: unknown, granted: unknown): boolean {
  if (Array.isArray(asked) && Array.isArray(granted))
    return asked.length > 0 && asked.every((one) => granted.some((other) => isDeepStrictEqual(one, other)));
  return isRecord(asked) && isRecord(granted) ? haveSameMembers(asked, granted) : isDeepStrictEqual(asked, granted);
}

function haveSameMembers(asked: Record<string, unknown>, granted: Record<string, unknown>): boolean {
  const names = Object.keys(asked);
  const known = new Map(Object.entries(granted));
  return (
    names.length === known.size && names.every((name) => known.has(name) && isNoMore(asked[name], known.get(name)))
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
