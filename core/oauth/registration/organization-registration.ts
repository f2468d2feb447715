import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { token } from '#core/kernel';
import {
  type OrganizationOAuthSettings,
  OrganizationOAuthSettingsToken,
} from '../organization-settings/organization-oauth-settings.js';
import type { RegistrationOptions } from './settings.js';

/** Injection token of `[oauth.dcr]` and `[oauth.dcrm]`. */
export const RegistrationOptionsToken = token<RegistrationOptions>('oauth.registration-options');
/** Injection token of {@link OrganizationRegistration}. */
export const OrganizationRegistrationToken = token<OrganizationRegistration>('oauth.organization-registration');

/** What an organization says of registration itself; what it leaves out is as `[oauth.dcr]` has it. */
export const registrationMembers = z.strictObject({
  authenticationRequired: z.boolean().optional(),
  mandateSSA: z.boolean().optional(),
  /** Empty: none. */
  ssaJwks: z
    .string()
    .max(2048)
    .regex(/^(https?:\/\/\S+)?$/, 'it is no address of http or https')
    .optional(),
  enableFapiEnforcement: z.boolean().optional(),
  fapiProfile: z.enum(['FAPI1_ADVANCED', 'FAPI2_SECURITY']).optional(),
});
/** How an organization lets clients be registered. */
export type RegistrationMembers = z.output<typeof registrationMembers>;

/** Where that is kept. */
const REGISTRATION_SETTING = { name: 'dcr', schema: registrationMembers } as const;

/** How clients are registered in an organization: as it says itself, else as the operator says. */
@injectable()
export class OrganizationRegistration {
  constructor(
    @inject(OrganizationOAuthSettingsToken) private readonly settings: OrganizationOAuthSettings,
    @inject(RegistrationOptionsToken) private readonly options: RegistrationOptions,
  ) {}

  /** What holds in an organization. */
  async of(orgId: string) {
    const { authentication_required, mandate_ssa, ssa_jkws, enable_fapi_enforcement } = this.options;
    const own: RegistrationMembers = await this.settings.find(orgId, REGISTRATION_SETTING);
    return {
      authenticationRequired: own.authenticationRequired ?? authentication_required,
      mandateSSA: own.mandateSSA ?? mandate_ssa,
      ssaJwks: (own.ssaJwks ?? ssa_jkws) || undefined,
      enableFapiEnforcement: own.enableFapiEnforcement ?? enable_fapi_enforcement,
      fapiProfile: own.fapiProfile ?? ('FAPI1_ADVANCED' as const),
    };
  }

  /** Sets members for an organization. */
  async change(orgId: string, members: RegistrationMembers): Promise<void> {
    await this.settings.change(orgId, REGISTRATION_SETTING, members);
  }
}
