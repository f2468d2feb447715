import { ApiError, apiErrors } from '#core/http';
import { GatehouseError } from '#core/kernel';

const invalid = 'Invalid request.';

/** Errors of the senders API: codes and texts of its published catalogue. */
export const senderErrors = {
  invalid: (description: string) => new ApiError('NSM-60001', 400, invalid, description),
  exists: (name: string) =>
    new ApiError('NSM-60002', 409, 'Notification sender exists.', `There is a notification sender ${name} already.`),
  noSuchProvider: (provider: string, known: readonly string[]) =>
    new ApiError(
      'NSM-60003',
      400,
      'Provider unknown.',
      `There is no provider ${provider}. Known: ${known.join(', ') || 'none'}.`,
    ),
  noSuchSender: (name: string) =>
    new ApiError('NSM-60006', 404, 'Notification sender not found.', `There is no notification sender ${name}.`),
  authentication: (description: string) =>
    new ApiError('NSM-60012', 400, 'Invalid authentication of the sender.', description),
  deployment: () =>
    new ApiError(
      '405',
      405,
      'Method not allowed.',
      'The e-mail sender of the super tenant stands in deployment.toml, under [output_adapter.email].',
    ),
} as const;

/** Errors of the templates API: codes and texts of its published catalogue. */
export const templateErrors = {
  invalid: (description: string) => new ApiError('NTM-60001', 400, invalid, description),
  channel: (channel: string) =>
    new ApiError('NTM-60015', 400, 'Invalid channel.', `There is no channel ${channel}. Known: EMAIL, SMS.`),
  systemType: (name: string) =>
    new ApiError(
      'NTM-60016',
      403,
      'The template type ships with the server.',
      `The template type ${name} cannot be deleted; reset-template-type deletes what was changed of it.`,
    ),
  inherited: (type: string, locale: string) =>
    new ApiError(
      'NTM-60016',
      403,
      'The template is inherited.',
      `The template of ${type} for ${locale} is not one of this organization's own, so it cannot be deleted here.`,
    ),
  noSuchType: (id: string) =>
    new ApiError('NTM-65002', 404, 'Template type not found.', `There is no template type with the id ${id}.`),
  exists: (what: string) => new ApiError('NTM-65003', 409, 'Already exists.', `There is ${what} already.`),
  noSuchTemplate: (type: string, locale: string) =>
    new ApiError('NTM-65004', 404, 'Template not found.', `There is no such template of ${type} for ${locale}.`),
} as const;

/** Errors of the API of failed notifications. */
export const failureErrors = {
  notFound: (id: string) =>
    new ApiError('NOT-60002', 404, 'Notification not found.', `There is no failed notification with the id ${id}.`),
} as const;

/** Renderers of the three APIs. */
export const renderSenderError = apiErrors('NSM');
export const renderTemplateError = apiErrors('NTM');
export const renderFailureError = apiErrors('NOT');

/** A notification that cannot even be noted: its caller has to tell its own client. */
export class NotificationError extends GatehouseError {
  override readonly name = 'NotificationError';

  /** @param code `invalid_recipient`: not an address of the channel; `unknown_template`: no such template type */
  constructor(code: 'invalid_recipient' | 'unknown_template', message: string) {
    super(code, message);
  }
}
