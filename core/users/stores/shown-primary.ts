import { SUPER_ORGANIZATION } from '#core/organizations';
import { readPrimarySettings } from './primary-settings.js';
import { ENCRYPTED, type GivenProperty, isSecretProperty } from './store-rules.js';
import { StoreVocabulary } from './store-vocabulary.js';
import type { UserStoreManager } from './user-store.js';
import { PRIMARY } from './user-stores.js';

/**
 * Settings of the primary store as an organization may see them: secrets never, and where the store is only in the super
 * organization, whose administrators run the server.
 */
export function shownPrimary(
  manager: UserStoreManager,
  orgId: string,
  table: Readonly<Record<string, unknown>>,
): readonly GivenProperty[] {
  const words = new StoreVocabulary(manager);
  const isOperator = orgId === SUPER_ORGANIZATION.id;
  const { values } = readPrimarySettings(manager, table);
  const shown = Object.entries(values).flatMap(([key, value]): GivenProperty[] => {
    const name = words.nameOf(key);
    const { category } = words.property(name) ?? { category: 'connection' };
    if (!words.keys.has(key) || (!isOperator && category === 'connection')) return [];
    return [{ name, value: isSecretProperty(manager, words, name) ? ENCRYPTED : String(value) }];
  });
  return [{ name: 'DomainName', value: PRIMARY }, ...shown];
}
