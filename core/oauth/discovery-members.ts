import { extensionPoint, type Registry, token } from '#core/kernel';

/** Members of the discovery document that a plugin answers for. */
export interface DiscoveryMembers {
  /** @param url makes an absolute address of a path of the organization */
  members(url: (path: string) => string): Readonly<Record<string, unknown>>;
}

/** Who adds to the discovery document. */
export const DiscoveryAdditions = extensionPoint<DiscoveryMembers>('discovery-additions');

/** Injection token of their registry. */
export const DiscoveryAdditionsToken = token<Registry<DiscoveryMembers>>('oauth.discovery-additions');
