import { inject, injectable } from 'tsyringe';
import { type Registry, token } from '#core/kernel';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import type { ResponseType } from './responses.js';

/** Injection token of the registry of response types. */
export const ResponseTypeRegistryToken = token<Registry<ResponseType>>('oauth.response-types');
/** Injection token of the response types that a request can name. */
export const ResponseTypeSetToken = token<ResponseTypeSet>('oauth.response-type-set');

/** A value of `response_type`: one response type, or several at once (OAuth 2.0 Multiple Response Types). */
export interface ResponseTypeCombination {
  /** Canonical name: `code id_token`. */
  readonly name: string;
  /** In the order in which they answer: what comes later can hash what came before. */
  readonly parts: readonly ResponseType[];
  /** Grant types of which the application must have one. */
  readonly grantTypes: readonly string[];
  /** Response mode when the request names none. */
  readonly defaultMode: 'query' | 'fragment';
  /** Whether a code is in it. */
  readonly hasCode: boolean;
  /** Whether it mixes a code with tokens. */
  readonly isHybrid: boolean;
  /** Whether its client waits elsewhere; see {@link ResponseType.detached}. */
  readonly isDetached: boolean;
}

/** Combinations of the contract by canonical name, with the key of `[oauth.response_type]` that switches each. */
const COMBINATIONS = {
  code: 'code',
  token: 'token',
  id_token: 'id_token',
  'id_token token': 'id_token_token',
  'code token': 'code_token',
  'code id_token': 'code_id_token',
  'code id_token token': 'code_id_token_token',
  none: 'none',
  subject_token: 'subject_token',
  'id_token subject_token': 'id_token_subject_token',
  device: 'device',
  cibaAuthCode: 'ciba',
} as const;

/** Parts answer in this order: an ID token hashes the code and the access token of the same answer. */
const ORDER = ['none', 'code', 'token', 'subject_token', 'id_token'];

/** The values of `response_type` that this server knows: what is contributed, in the combinations that are switched on. */
@injectable()
export class ResponseTypeSet {
  #known: ReadonlyMap<string, ResponseTypeCombination> | undefined;

  constructor(
    @inject(ResponseTypeRegistryToken) private readonly registry: Registry<ResponseType>,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** The combination that a request names, in whatever order; undefined when there is none. */
  find(responseType: string): ResponseTypeCombination | undefined {
    return this.#all().get(keyOf(responseType.split(' ').filter((part) => part !== '')));
  }

  /** Canonical names. */
  get names(): string[] {
    return [...this.#all().values()].map(({ name }) => name);
  }

  /** Whether any of them is for applications with this grant type. */
  needs(grantType: string): boolean {
    return [...this.#all().values()].some(({ name, grantTypes }) => name !== 'none' && grantTypes.includes(grantType));
  }

  #all(): ReadonlyMap<string, ResponseTypeCombination> {
    this.#known ??= new Map(
      [...this.#combinations()].map((combination) => [keyOf(combination.name.split(' ')), combination]),
    );
    return this.#known;
  }

  *#combinations(): Generator<ResponseTypeCombination> {
    const switches = this.options.response_type;
    for (const [name, key] of Object.entries(COMBINATIONS)) {
      const parts = name.split(' ').map((part) => this.registry.find(part));
      if (switches[key].enable && parts.every((part) => part !== undefined)) yield combinationOf(name, parts);
    }
    // Response types of plugins that the contract does not know stand alone.
    for (const part of this.registry.all()) if (!(part.name in COMBINATIONS)) yield combinationOf(part.name, [part]);
  }
}

/** The parts that say which grant the application needs: beside a code or a subject token, the others come for free. */
function leading(parts: readonly ResponseType[]): readonly ResponseType[] {
  const leader = parts.find(({ name }) => name === 'code' || name === 'subject_token');
  return leader ? [leader] : parts;
}

function combinationOf(name: string, parts: readonly ResponseType[]): ResponseTypeCombination {
  const hasCode = parts.some((part) => part.name === 'code');
  const inFragment = parts.some((part) => part.answersInFragment);
  return {
    name,
    parts: [...parts].sort((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name)),
    grantTypes: leading(parts).flatMap((part) => part.grantTypes),
    defaultMode: inFragment ? 'fragment' : 'query',
    hasCode,
    isHybrid: hasCode && parts.length > 1,
    isDetached: parts.some((part) => part.detached === true),
  };
}

const keyOf = (parts: readonly string[]) => [...parts].sort().join(' ');
