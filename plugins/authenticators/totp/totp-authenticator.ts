import type { Authenticator, AuthenticatorFlow, AuthenticatorOutcome, Prompt, PromptField } from '#core/authentication';
import type { User, UserService } from '#core/users';
import type { TotpParameters } from './config.js';
import { qrCode } from './totp-codes.js';
import type { TotpEnrolments } from './totp-enrolments.js';
import type { TotpNaming } from './totp-naming.js';
import type { TotpVerifier } from './totp-verifier.js';

/** What the authenticator is made of. */
export interface AuthenticatorParts {
  readonly users: UserService;
  readonly enrolments: TotpEnrolments;
  readonly verifier: TotpVerifier;
  readonly naming: TotpNaming;
}

const token: PromptField = {
  name: 'token',
  type: 'code',
  label: 'totp.code',
  autocomplete: 'one-time-code',
  required: true,
};

/** One-time codes of an app (RFC 6238), as a further factor. Those who have no app yet can enrol on the way. */
export class TotpAuthenticator implements Authenticator {
  readonly name = 'totp';
  readonly displayName = 'TOTP';
  readonly kind = 'LOCAL';
  readonly tags = ['MFA'];
  readonly needsUser = true;

  constructor(
    private readonly parts: AuthenticatorParts,
    private readonly parameters: TotpParameters,
  ) {}

  async applies({ user }: AuthenticatorFlow): Promise<boolean> {
    if (this.parameters.authenticationMandatory || !user) return true;
    return (await this.parts.enrolments.active(user)) !== undefined;
  }

  async begin(flow: AuthenticatorFlow): Promise<Prompt> {
    const { user } = flow;
    const { enrolments, naming } = this.parts;
    if (user && (await enrolments.active(user))) return { page: 'totp', fields: [token] };
    if (!user || !this.parameters.enrolUserInAuthenticationFlow)
      return { page: 'totp_error', fields: [], data: { message: 'totp.not.enrolled' } };
    const seed = await enrolments.ensurePending(user, flow);
    const uri = await naming.uriOf(user, seed);
    return { page: 'totp_enroll', fields: [token], data: { qr: await qrCode(uri), secret: seed.secret, uri } };
  }

  async verify(flow: AuthenticatorFlow, input: Readonly<Record<string, string>>): Promise<AuthenticatorOutcome> {
    const { user } = flow;
    const { enrolments, verifier, users } = this.parts;
    if (!user) return refused('no_user', 'No earlier step of this sign-in authenticates the user.');
    if (!(await users.isUsable(user))) return rejected('account_unusable', user);
    const active = await enrolments.active(user);
    if (!active && !this.parameters.enrolUserInAuthenticationFlow)
      return refused('not_enrolled', 'The user has no authenticator app enrolled.');
    const seed = active ?? (await enrolments.pending(user, flow.id));
    if (!seed) return rejected('nothing_pending', user);
    const verdict = await verifier.verify(user, seed, input['token'], active !== undefined);
    if (verdict !== 'right') return rejected(verdict, user);
    // Someone who enrolled the user meanwhile, in another sign-in, is not overruled.
    if (!active && !(await enrolments.activate(user, seed, 'add'))) return rejected('enrolled_elsewhere', user);
    return { outcome: 'authenticated', user };
  }
}

const refused = (reason: string, message: string): AuthenticatorOutcome => ({ outcome: 'refused', reason, message });

/** Whatever is wrong, the page says the same. */
function rejected(reason: string, user?: User): AuthenticatorOutcome {
  return { outcome: 'rejected', code: 'authentication.fail.message', reason, user };
}
