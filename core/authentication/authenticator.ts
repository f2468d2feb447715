import type { ApplicationEntity } from '#core/applications';
import { extensionPoint } from '#core/kernel';
import type { User } from '#core/users';

/** A field that a prompt asks for. */
export interface PromptField {
  /** Name of the form field. */
  readonly name: string;
  readonly type: 'text' | 'password' | 'code' | 'checkbox';
  /** i18n key of the label. */
  readonly label: string;
  readonly autocomplete?: string;
  readonly required?: boolean;
}

/** What has to be asked of the user: a page for a browser, JSON for an app. Plain data. */
export interface Prompt {
  /** Page that shows it: `login`, `totp`, `totp_enroll`. */
  readonly page: string;
  readonly fields: readonly PromptField[];
  /** What the page shows beside the fields; never a secret that the user must not see. */
  readonly data?: Readonly<Record<string, string>>;
}

/** What an authenticator sees of a sign-in. Never the HTTP request or response. */
export interface AuthenticatorFlow {
  /** Id of the sign-in under way: what is kept for it alone is named by it. */
  readonly id: string;
  /** When the sign-in ends at the latest, in milliseconds since the epoch: what is kept for it expires then. */
  readonly expiresAt: number;
  readonly orgId: string;
  readonly application: ApplicationEntity;
  /** The user, once a step has authenticated one. */
  readonly user: User | undefined;
  /** The name that an identifier step was given; not verified. */
  readonly identifier: string | undefined;
  /** What the user has passed already in this sign-in, or in the session that counts for it. */
  readonly passed: readonly Pick<Authenticator, 'name' | 'tags'>[];
  /** Hint of the application as to who will sign in. */
  readonly loginHint: string | undefined;
  /** Address of the client. */
  readonly ip: string;
}

/** What became of the input of a step. */
export type AuthenticatorOutcome =
  /** The step is done: this is the user. */
  | { readonly outcome: 'authenticated'; readonly user: User }
  /** The step is done, but only names someone; another step has to authenticate. */
  | { readonly outcome: 'identified'; readonly identifier: string }
  /** Not right; the step is asked again. `code` is an i18n key such as `login.fail.message`. */
  | {
      readonly outcome: 'rejected';
      readonly code: string;
      readonly reason: string;
      readonly user?: User | undefined;
      /** Further parameters for the page, in its address: public. `{ errorCode: '17003' }` */
      readonly details?: Readonly<Record<string, string>> | undefined;
    }
  /** This user cannot do the step at all: the sign-in ends with `access_denied`. `message` is public. */
  | { readonly outcome: 'refused'; readonly reason: string; readonly message: string }
  /** There is more to ask within the step. */
  | { readonly outcome: 'continue' };

/** One way to sign in, or a part of it. */
export interface Authenticator {
  /** Name on the wire: `BasicAuthenticator`. */
  readonly name: string;
  readonly displayName: string;
  readonly kind: 'LOCAL' | 'FEDERATED';
  readonly tags: readonly string[];
  /** Whether an earlier step must have authenticated a user. */
  readonly needsUser: boolean;
  /** Whether it only names a user and authenticates nobody. */
  readonly identifiesOnly?: boolean;
  /**
   * Whether there is anything to do for this user. A step of which no option applies is passed over, and does not count
   * as passed. Always, when absent.
   */
  applies?(flow: AuthenticatorFlow): Promise<boolean>;
  /** What to ask. Called for each showing of the page, so it must not change anything that a second call would not find. */
  begin(flow: AuthenticatorFlow): Promise<Prompt>;
  /** Looks at what was entered. Counts and limits failures. Throws only faults. */
  verify(flow: AuthenticatorFlow, input: Readonly<Record<string, string>>): Promise<AuthenticatorOutcome>;
}

/** Authenticators by name. */
export const Authenticators = extensionPoint<Authenticator>('authenticators');
