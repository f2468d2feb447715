import { extensionPoint, type Registry, token } from '#core/kernel';

/** Knows scopes that have a meaning of their own, so that no API resource may have them. */
export interface ScopeMeaning {
  means(orgId: string, name: string): Promise<boolean>;
}

/** Meanings of scopes beside API resources: OpenID Connect, scopes that are registered by themselves. */
export const ScopeMeanings = extensionPoint<ScopeMeaning>('scope-meanings');

/** Injection token of {@link ScopeMeanings}. */
export const ScopeMeaningsToken = token<Registry<ScopeMeaning>>('access.scope-meanings');
