import { extensionPoint } from '#core/kernel';
import type { User } from '#core/users';

/** A credential that a user has enrolled. */
export interface EnrolledCredential {
  /** Names it among those of the user and the kind. */
  readonly credentialId: string;
  /** What the user knows it by. */
  readonly displayName: string;
}

/** A kind of credential that administrators may look at and take away: passkeys, devices, one-time codes. */
export interface CredentialKind {
  /** Name in the credential APIs: `passkey`. */
  readonly type: string;
  list(user: User): Promise<readonly EnrolledCredential[]>;
  /** Takes one away; returns whether there was one. */
  remove(user: User, credentialId: string): Promise<boolean>;
  /** For kinds that the server makes: replaces what the user has, and returns the new values, to be shown once. */
  generate?(user: User): Promise<readonly string[]>;
  /** Whether the APIs show that there is one, instead of each. Those can be taken away only together. */
  readonly countless?: boolean;
}

/** Kinds of credentials, by type. */
export const CredentialKinds = extensionPoint<CredentialKind>('credential-kinds');
