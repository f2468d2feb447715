import { ToolError } from '../setup/project.mjs';

/** A kind of plugin that can be generated. */
export interface Point {
  /** Name on the command line, and beginning of the plugin's id: `authenticator`. */
  readonly name: string;
  /** Folder below `plugins/`. */
  readonly folder: string;
  /** Extension point that it adds to; undefined when it only subscribes. */
  readonly extensionPoint: string | undefined;
  /** Id of the contribution, as a template; that of the extension point. */
  readonly contribution: string;
  /** Parent of its table in `deployment.toml`; undefined when its settings stand elsewhere. */
  readonly tables: string | undefined;
  /** What it is good for, in a few words. */
  readonly what: string;
  /** What the test's server needs beyond the usual, as TOML; a template. */
  readonly toml: string;
}

/** Every kind, in the order of the help text. */
export const points: readonly Point[] = [
  {
    name: 'authenticator',
    folder: 'authenticators',
    extensionPoint: 'authenticators',
    contribution: '{{Pascal}}',
    tables: 'authentication.authenticator',
    what: 'a way to sign in, or a part of one',
    toml: '',
  },
  {
    name: 'grant-type',
    folder: 'grant-types',
    extensionPoint: 'grant-types',
    contribution: 'urn:example:grant-type:{{name}}',
    tables: 'oauth.grant_type',
    what: 'a way to get tokens at the token endpoint',
    toml: '',
  },
  {
    name: 'user-store',
    folder: 'user-stores',
    extensionPoint: 'user-store-managers',
    contribution: '{{snake}}',
    tables: undefined,
    what: 'a kind of user store',
    toml: '[user_store]\ntype = "{{snake}}"\nconnection_url = "test:"\n[super_admin]\ncreate_admin_account = false\n',
  },
  {
    name: 'token-issuer',
    folder: 'token-issuers',
    extensionPoint: 'token-issuers',
    contribution: '{{Pascal}}',
    tables: 'oauth.token_issuer',
    what: 'a form of access tokens',
    toml: '',
  },
  {
    name: 'client-authenticator',
    folder: 'client-authenticators',
    extensionPoint: 'client-authenticators',
    contribution: '{{snake}}',
    tables: 'oauth.client_authenticator',
    what: 'a way for clients to authenticate',
    toml: '',
  },
  {
    name: 'notification-provider',
    folder: 'notification-providers',
    extensionPoint: 'notification-providers',
    contribution: 'sms.{{snake}}',
    tables: 'notification_provider',
    what: 'a service that sends e-mail or SMS',
    toml: '',
  },
  {
    name: 'token-binding',
    folder: 'token-bindings',
    extensionPoint: 'token-bindings',
    contribution: '{{name}}',
    tables: 'oauth.token_binding',
    what: 'something that whoever uses a token has to show',
    toml: '',
  },
  {
    name: 'event-handler',
    folder: 'event-handlers',
    extensionPoint: undefined,
    contribution: '',
    tables: 'event.handler',
    what: 'something that happens when something has happened',
    toml: '',
  },
];

/** The kind with this name. Throws ToolError naming the known ones. */
export function pointNamed(name: string): Point {
  const found = points.find((point) => point.name === name);
  if (found) return found;
  throw new ToolError(
    `There is no template for "${name}". The points are: ${points.map((point) => point.name).join(', ')}.`,
  );
}
