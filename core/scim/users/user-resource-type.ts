import type { ResourceType } from '../discovery/resource-types.routes.js';
import type { UserSchema } from './user-schema.js';

/** Users as a kind of resource. */
export function userResourceType({ model }: UserSchema): ResourceType {
  return {
    name: 'User',
    endpoint: '/Users',
    description: 'User Account',
    schema: model.core.id,
    extensions: model.extensions.map(({ id }) => id),
  };
}
