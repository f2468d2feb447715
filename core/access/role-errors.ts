import { ApiError } from '#core/http';

const short = (text: string) => text.slice(0, 100);
const refused = (description: string) => new ApiError('RMA-60002', 400, 'The role cannot be changed.', description);
const denied = (description: string) => new ApiError('RMA-60009', 403, 'Operation is not permitted.', description);

/** Errors of roles. */
export const roleErrors = {
  invalid: (description: string) => new ApiError('RMA-60001', 400, 'Invalid role.', description),
  refused,
  notFound: (id: string) => new ApiError('RMA-60003', 404, 'Role not found.', `There is no role ${short(id)}.`),
  exists: (name: string) =>
    new ApiError(
      'RMA-60004',
      409,
      'Role already exists.',
      `Role with the name: ${short(name)} already exists in the audience. Please pick another role name.`,
    ),
  permission: (name: string, owner: string) =>
    new ApiError('RMA-60005', 400, 'Invalid permission.', `Permission: ${short(name)} is no scope that ${owner} has.`),
  user: (id: string) => new ApiError('RMA-60006', 400, 'Unknown user.', `There is no user ${short(id)}.`),
  group: (id: string) => new ApiError('RMA-60007', 400, 'Unknown group.', `There is no group ${short(id)}.`),
  audience: (description: string) => new ApiError('RMA-60008', 400, 'Invalid audience.', description),
  beyond: (permission: string) =>
    denied(`Nobody can give a permission of the management APIs that he does not have: ${short(permission)}.`),
  administrators: () => denied('Only an administrator can give or take the role of administrators.'),
  sharedName: () => refused('Role name modification is not allowed for shared roles.'),
  sharedPermissions: () => refused('Role permission modification is not allowed for shared roles.'),
  sharedDeletion: () => refused('Shared role deletion is not allowed.'),
};
