import type { AuthenticatorOption } from '#core/applications';
import type { Authenticator, Prompt, PromptField } from '#core/authentication';
import type { Registry } from '#core/kernel';
import type { Texts } from './catalogue.js';

/** A field as the templates show it. */
export interface FieldView {
  readonly id: string;
  readonly name: string;
  readonly type: PromptField['type'];
  readonly label: string;
  readonly value: string;
  readonly autocomplete: string | undefined;
  readonly required: boolean;
  readonly autofocus: boolean;
}

/** Another way to do the step. */
export interface OptionView {
  readonly authenticator: string;
  readonly idp: string;
  readonly label: string;
  /** Leads to another server, so it is a link: the policy of the page would stop a form. */
  readonly external: boolean;
}

/** What the templates of prompts get. */
export interface PromptView {
  readonly sessionDataKey: string;
  readonly applicationName: string;
  /** The option that the fields belong to; undefined when there is only one. */
  readonly chosen: AuthenticatorOption | undefined;
  readonly identifier: string | undefined;
  readonly fields: readonly FieldView[];
  readonly options: readonly OptionView[];
  readonly failure: string | undefined;
  /** What the step is about. */
  readonly lead: string;
  readonly submitLabel: string;
  /** What a new password has to be like, one line each; empty on other pages. */
  readonly requirements: readonly string[];
  /** Picture and text form of a secret to set up; undefined on other pages. */
  readonly enrolment: { readonly qr: string | undefined; readonly secret: string | undefined } | undefined;
}

/** A prompt together with what is known of the sign-in that it belongs to. */
export interface PromptSource {
  readonly prompt: Prompt & { readonly options: readonly AuthenticatorOption[]; readonly chosen: AuthenticatorOption };
  readonly applicationName: string;
  readonly sessionDataKey: string;
  readonly failure: string | undefined;
}

/** Makes of a prompt what its template shows. */
export function promptView(
  { prompt, applicationName, sessionDataKey, failure }: PromptSource,
  texts: Texts,
  authenticators: Registry<Authenticator>,
): PromptView {
  const { data = {}, options, chosen } = prompt;
  const others = options.filter((option) => option !== chosen);
  return {
    sessionDataKey,
    applicationName,
    chosen: others.length > 0 ? chosen : undefined,
    identifier: data['identifier'],
    fields: fieldViews(prompt, texts),
    options: others.map((option) => optionView(option, texts, authenticators.find(option.authenticator))),
    failure,
    lead: texts.find('failures', data['message']) ?? texts.t('prompt.generic', { application: applicationName }),
    submitLabel: submitLabel(prompt, texts),
    requirements: requirementsOf(data['requirements'], texts),
    enrolment: prompt.page === 'totp_enroll' ? enrolmentOf(data) : undefined,
  };
}

function fieldViews({ fields, data = {} }: Prompt, texts: Texts): FieldView[] {
  const prefilled = (field: PromptField) => (field.name === 'username' ? (data['loginHint'] ?? '') : '');
  const first = fields.findIndex((field) => field.type !== 'checkbox' && prefilled(field) === '');
  return fields.map((field, index) => ({
    id: `field-${index + 1}`,
    name: field.name,
    type: field.type,
    label: texts.find('labels', field.label) ?? spelledOut(field.label),
    value: prefilled(field),
    autocomplete: field.autocomplete ?? (field.type === 'code' ? 'one-time-code' : undefined),
    required: field.required === true,
    autofocus: index === first,
  }));
}

/** A label of a plugin that brings no text for it: better its key in plain words than nothing. */
function spelledOut(key: string): string {
  const words = key.replace(/[._-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function optionView(option: AuthenticatorOption, texts: Texts, authenticator: Authenticator | undefined): OptionView {
  const external = option.idp !== 'LOCAL';
  const known = external ? undefined : texts.find('options', option.authenticator);
  const name = external ? option.idp : (authenticator?.displayName ?? option.authenticator);
  return { ...option, label: known ?? texts.t('option.generic', { name }), external };
}

function submitLabel({ page, fields, data = {} }: Prompt, { t }: Texts): string {
  if (data['identifierFirst'] === 'true' || fields.length === 0) return t('continue');
  if (page === 'password_reset_enforcer') return t('password.set');
  return page === 'login' ? t('sign.in') : t('verify');
}

/** Requirements as the prompt names them: validators with their bounds. Those that there are no words for are left out. */
function requirementsOf(json: string | undefined, texts: Texts): string[] {
  const all = json === undefined ? [] : (JSON.parse(json) as { validator: string; least?: string; most?: string }[]);
  return all.flatMap(({ validator, least, most }) => {
    const bounds = `${least === undefined ? '' : '.least'}${most === undefined ? '' : '.most'}`;
    const values = { ...(least === undefined ? {} : { least }), ...(most === undefined ? {} : { most }) };
    return texts.find('requirements', validator + bounds, values) ?? [];
  });
}

function enrolmentOf({ qr, secret }: Readonly<Record<string, string>>): PromptView['enrolment'] {
  return {
    qr: qr !== undefined && /^data:image\/(svg\+xml|png)[;,]/.test(qr) ? qr : undefined,
    secret: secret?.replace(/\s+/g, '').replace(/(.{4})(?=.)/g, '$1 '),
  };
}
