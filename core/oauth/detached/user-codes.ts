import type { HttpRequest } from '#core/http';
import { extensionPoint } from '#core/kernel';

/** What stands behind a code that a person reads from a device. */
export interface UserCodeView {
  /** The code as the device shows it. */
  readonly userCode: string;
  readonly applicationName: string;
  /** Of the client that has asked for the code. */
  readonly clientId: string;
}

/** Who knows codes of devices. */
export interface UserCodeReader {
  /** What a typed code stands for; undefined when it is not, or no longer, good. Throws TooManyRequestsError. */
  read(userCode: string, http: HttpRequest): Promise<UserCodeView | undefined>;
}

/** Readers of codes of devices; at most one is asked. Without any there is no page for them. */
export const UserCodeReaders = extensionPoint<UserCodeReader>('user-code-readers');
