import { applicationErrors } from './errors.js';

/** Applications of the server itself, under whatever spelling. */
const reserved = new Set(['wso2carbon-local-sp', 'console', 'my account']);

/** Throws ApiError APP-60515 or APP-60516 for a name that belongs to the server. */
export function refuseReserved(name: string, when: 'create' | 'rename'): void {
  if (reserved.has(name.toLowerCase())) throw applicationErrors.reservedName(name, when);
}
