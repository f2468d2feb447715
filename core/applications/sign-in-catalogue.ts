import { token } from '#core/kernel';
import type { AuthenticationSequence, AuthenticatorOption } from './application-model.js';

/** What the rules of a sequence need to know of an authenticator. */
export interface CataloguedAuthenticator {
  readonly displayName: string;
  readonly kind: 'LOCAL' | 'FEDERATED';
  /** Whether an earlier step must have authenticated a user. */
  readonly needsUser: boolean;
  /** Whether it only names a user and authenticates nobody. */
  readonly identifiesOnly: boolean;
}

/** Which ways to sign in there are; bound by the room of authentication. */
export interface SignInCatalogue {
  /** The steps that `DEFAULT` stands for. */
  readonly defaultSteps: AuthenticationSequence['steps'];
  /** The authenticator of an identity provider, or why there is none. */
  find(orgId: string, option: AuthenticatorOption): Promise<CataloguedAuthenticator | { readonly problem: string }>;
  /** Why a script cannot be taken; undefined when it can. */
  scriptProblem(script: string): Promise<string | undefined>;
}

/** Injection token of a way to the {@link SignInCatalogue}, which is bound after this room is set up. */
export const SignInCatalogueSourceToken = token<() => SignInCatalogue>('applications.sign-in-catalogue-source');

/** Injection token of the {@link SignInCatalogue}. */
export const SignInCatalogueToken = token<SignInCatalogue>('applications.sign-in-catalogue');
