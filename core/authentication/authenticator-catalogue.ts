import { inject, injectable } from 'tsyringe';
import type { AuthenticatorOption, CataloguedAuthenticator, SignInCatalogue } from '#core/applications';
import type { Registry } from '#core/kernel';
import type { Authenticator } from './authenticator.js';
import { AuthenticatorRegistryToken } from './engine.js';
import { defaultSteps } from './sequence.js';

/** The identity provider that stands for this server itself. */
const LOCAL = 'LOCAL';

/** Tells the room of applications which ways to sign in there are. */
@injectable()
export class AuthenticatorCatalogue implements SignInCatalogue {
  readonly defaultSteps = defaultSteps;

  constructor(@inject(AuthenticatorRegistryToken) private readonly authenticators: Registry<Authenticator>) {}

  async find(
    _orgId: string,
    { idp, authenticator }: AuthenticatorOption,
  ): Promise<CataloguedAuthenticator | { readonly problem: string }> {
    if (idp !== LOCAL) return { problem: `There is no identity provider ${idp}.` };
    const found = this.authenticators.find(authenticator);
    if (found?.kind !== 'LOCAL') return { problem: `There is no local authenticator ${authenticator}.` };
    const { displayName, kind, needsUser, identifiesOnly = false } = found;
    return { displayName, kind, needsUser, identifiesOnly };
  }

  async scriptProblem(): Promise<string | undefined> {
    return 'Conditional authentication scripts are not supported yet.';
  }
}
