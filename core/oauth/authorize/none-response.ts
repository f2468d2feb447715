import { IMPLICIT } from './implicit.js';
import type { ResponseType } from './responses.js';

/** `response_type=none` (OAuth 2.0 Multiple Response Types §4): the user has agreed, and nothing is handed out. */
export const noneResponse: ResponseType = {
  name: 'none',
  grantTypes: ['authorization_code', IMPLICIT.name],
  answersInFragment: false,
  respond: async () => ({ parameters: {}, changes: [] }),
};
