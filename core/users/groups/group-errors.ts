import { ApiError } from '#core/http';

/** Errors of groups. */
export const groupErrors = {
  name: (why: string) => new ApiError('SUO-60010', 400, 'The group name is not allowed.', why),
  domain: (domain: string) =>
    new ApiError(
      'SUO-60011',
      400,
      'Unknown user store.',
      `Invalid user store domain: '${domain}'. The specified domain does not exist or is currently disabled.`,
    ),
  exists: (name: string) =>
    new ApiError(
      'SUO-60012',
      409,
      'Group already exists.',
      `Group name: ${name} is already there in the system. Please pick another group name.`,
    ),
  otherDomain: () =>
    new ApiError(
      'SUO-60013',
      400,
      'The group cannot move.',
      'User store domain of the group is not matching with the given SCIM group Id.',
    ),
  notFound: (id: string) =>
    new ApiError('SUO-60014', 404, 'Group not found.', `There is no group ${id.slice(0, 100)}.`),
  unknownMember: (id: string, domain: string) =>
    new ApiError(
      'SUO-60015',
      400,
      'Unknown member.',
      `There is no user ${id.slice(0, 100)} in the user store ${domain}, and members belong to the store of their group.`,
    ),
  readOnly: () =>
    new ApiError('SUO-60016', 400, 'User store is read-only.', 'Invalid operation. User store is read only'),
};
