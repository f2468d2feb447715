import { clientSettings, type StoredClientSettings } from './client-model.js';

/** Client id of the console, in every organization. */
export const CONSOLE_CLIENT = 'CONSOLE';

/** What the client of the console may: nothing, as long as the server has no pages for it. */
export const consoleClientSettings = (): StoredClientSettings =>
  clientSettings.parse({ grantTypes: [], callbackURLs: [], publicClient: true });
