import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  type AuthorizationDetailsTypeService,
  AuthorizationDetailsTypeServiceToken,
  type AuthorizedApiService,
  AuthorizedApiServiceToken,
  type DetailsValidator,
  detailsValidator,
} from '#core/access';
import type { HttpRequest } from '#core/http';
import { type Registry, type Soon, token, whenThere } from '#core/kernel';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import type { AuthorizationDetail } from '../tokens/records.js';
import {
  type DetailSituation,
  type DetailsProcessor,
  DetailsProcessorRegistryToken,
  schemaProcessor,
} from './details-processor.js';

/** Injection token of the authorization details. */
export const AuthorizationDetailsToken = token<AuthorizationDetails>('oauth.authorization-details');

/** What the parameter may come to: it travels in addresses until the user has signed in. */
const MAX_BYTES = 4096;
const MAX_DETAILS = 20;
const MAX_DEPTH = 8;

const shape = z
  .array(z.looseObject({ type: z.string().min(1).max(191) }))
  .min(1)
  .max(MAX_DETAILS);

/** How a type is called. */
export interface DetailsTypeNames {
  readonly name: string;
  readonly description: string;
}

/** Rich authorization requests (RFC 9396): what is asked for in `authorization_details`. */
@injectable()
export class AuthorizationDetails {
  /** Compiled schemas, as long as what is registered stays in the cache. */
  readonly #validators = new WeakMap<DetailSituation['schema'], DetailsValidator>();

  constructor(
    @inject(DetailsProcessorRegistryToken) private readonly processors: Registry<DetailsProcessor>,
    @inject(AuthorizationDetailsTypeServiceToken) private readonly types: AuthorizationDetailsTypeService,
    @inject(AuthorizedApiServiceToken) private readonly authorized: AuthorizedApiService,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /**
   * The details of a request, found good and enriched; undefined when it has none, or they are switched off.
   *
   * @throws OAuthError `invalid_authorization_details` when one is not good, or of a type that is not for the client
   */
  async of(
    parameters: URLSearchParams,
    client: OAuthClient,
    http: HttpRequest,
  ): Promise<readonly AuthorizationDetail[] | undefined> {
    const asked = this.read(parameters);
    if (!asked) return undefined;
    const { orgId, id } = client.application;
    const allowed = new Set((await this.authorized.of(orgId, id)).flatMap(({ detailsTypes }) => detailsTypes ?? []));
    const known = new Map((await this.types.all(orgId)).map((type) => [type.type, type]));
    const good: AuthorizationDetail[] = [];
    for (const detail of asked) {
      const type = known.get(detail.type);
      if (!type || !allowed.has(detail.type)) throw invalid(`${detail.type} is not for the application`);
      const situation = { http, client, schema: type.schema };
      const processor = this.#processor(detail.type);
      const problem = await processor.validate(detail, situation);
      if (problem !== undefined) throw invalid(problem);
      good.push((await processor.enrich?.(detail, situation)) ?? detail);
    }
    return good;
  }

  /** The details of a request as they stand there, their form checked; undefined when there are none, or they are switched off. */
  read(parameters: URLSearchParams): readonly AuthorizationDetail[] | undefined {
    const text = parameters.get('authorization_details');
    if (!this.options.enable_rich_authorization_requests || !text) return undefined;
    if (Buffer.byteLength(text) > MAX_BYTES) throw invalid(`longer than ${MAX_BYTES} bytes`);
    if (depthOf(text) > MAX_DEPTH) throw invalid(`nested more than ${MAX_DEPTH} levels`);
    try {
      return shape.parse(JSON.parse(text));
    } catch (cause) {
      throw invalid('no list of objects with a type', cause);
    }
  }

  /** Whether each of these details allows no more than one of those that were granted. */
  covered(asked: readonly AuthorizationDetail[], granted: readonly AuthorizationDetail[]): boolean {
    return asked.every((one) =>
      granted.some((other) => one.type === other.type && this.#processor(one.type).isEqualOrSubset(one, other)),
    );
  }

  /** How the types of an organization are called, by type. */
  async names(orgId: string): Promise<ReadonlyMap<string, DetailsTypeNames>> {
    const types = await this.types.all(orgId);
    return new Map(types.map(({ type, name, description }) => [type, { name, description: description ?? '' }]));
  }

  /** Types that the organization knows, for discovery; none when rich authorization requests are switched off. */
  supported(orgId: string): Soon<readonly string[]> {
    if (!this.options.enable_rich_authorization_requests) return [];
    return whenThere(this.types.all(orgId), (types) => types.map(({ type }) => type));
  }

  #processor(type: string): DetailsProcessor {
    return this.processors.find(type) ?? schemaProcessor(type, this.#validatorOf);
  }

  readonly #validatorOf = (schema: DetailSituation['schema']): DetailsValidator => {
    const validator = this.#validators.get(schema) ?? detailsValidator(schema);
    this.#validators.set(schema, validator);
    return validator;
  };
}

/** How deeply a text nests; brackets within strings count too, which does no harm. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const char of text) {
    if (char === '[' || char === '{') deepest = Math.max(deepest, ++depth);
    else if (char === ']' || char === '}') depth--;
  }
  return deepest;
}

/** One text for all of them (contract); what is wrong goes to the log. */
const invalid = (problem: string, cause?: unknown) =>
  new OAuthError('invalid_authorization_details', 'Authorization details validation failed', {
    cause: new Error(problem, { cause }),
  });
