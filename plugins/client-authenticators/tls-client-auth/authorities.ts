import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BootError, reasonOf } from '#core/kernel';

/** Extended key usage of clients (RFC 5280 §4.2.1.12). */
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';

/** Whether a certificate is valid at a time. @param now milliseconds since the epoch */
export const isValidAt = (certificate: X509Certificate, now: number): boolean =>
  Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);

/** The authorities whose certificates are believed. */
export class Authorities {
  #trusted: readonly X509Certificate[] = [];

  /** @param files PEM files, with one or several certificates each */
  constructor(private readonly files: readonly string[]) {}

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.files.length === 0;
  }

  /** Reads the files. Throws BootError when one cannot be. */
  read(): void {
    this.#trusted = this.files.flatMap((file) => {
      try {
        const text = readFileSync(file, 'utf8');
        const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
        if (blocks.length === 0) throw new Error('there is no certificate in it');
        return blocks.map((block) => new X509Certificate(block));
      } catch (cause) {
        throw new BootError(
          `[oauth.client_authenticator.tls_client_auth] trusted_ca_files: ${file} cannot be used: ${reasonOf(cause)}`,
          { cause },
        );
      }
    });
  }

  /** Whether one of them has issued a certificate for a client. @param now milliseconds since the epoch */
  haveIssued(certificate: X509Certificate, now: number): boolean {
    // What Node calls the key usage is the extended one; a certificate without it is good for all.
    const usages = certificate.keyUsage as readonly string[] | undefined;
    if (usages !== undefined && !usages.includes(CLIENT_AUTHENTICATION)) return false;
    return this.#trusted.some(
      (authority) =>
        authority.ca &&
        isValidAt(authority, now) &&
        certificate.checkIssued(authority) &&
        certificate.verify(authority.publicKey),
    );
  }
}
