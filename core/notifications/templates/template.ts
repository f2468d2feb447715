/** What stands in place of `{{name}}`, by name. */
export type Placeholders = Readonly<Record<string, string>>;

/** Text of a template. */
export interface TemplateText {
  /** Media type of the body; `text/plain` for SMS. */
  readonly contentType: string;
  /** Empty for SMS. */
  readonly subject: string;
  readonly body: string;
  /** Empty for SMS. */
  readonly footer: string;
}

/** A template: its text in one language. */
export interface Template extends TemplateText {
  readonly locale: string;
}

/** A kind of message. */
export interface TemplateType {
  /** `CIBAAuthenticationNotification`; unique without case and spaces. */
  readonly name: string;
  /** Whether it ships with the server. */
  readonly system: boolean;
}

/** What names of template types look like. */
export const TYPE_NAME = /^[\w .-]{1,100}$/;

/** Id of a template type: its name in base64url. */
export const typeIdOf = (name: string): string => Buffer.from(name, 'utf8').toString('base64url');

/** Name of the template type with an id, which may be padded; not necessarily that of one that exists. */
export const typeNameOf = (id: string): string => Buffer.from(id, 'base64url').toString('utf8');

/** What two names of one template type have in common: clients make ids of names without case and spaces, too. */
export const comparableName = (name: string): string => name.replaceAll(' ', '').toLowerCase();
