import { type ApplicationSettings, applicationSettings } from './application-model.js';

/** Name of the application by which an organization is managed. Its id is told by `consoleIdOf` of the room of access. */
export const CONSOLE_NAME = 'Console';

/** The console: one of the server's own, whose users have what roles of its own give. */
export const consoleSettings = (): ApplicationSettings =>
  applicationSettings.parse({
    description: 'Management of the organization.',
    isManagementApp: true,
    associatedRoles: { allowedAudience: 'APPLICATION' },
    advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true },
  });
