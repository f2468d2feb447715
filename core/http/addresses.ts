import { token } from '#core/kernel';

/** Injection token of the public addresses. */
export const AddressesToken = token<Addresses>('http.addresses');

/** Public addresses of the server. They come from the configuration, never from a Host header. */
export class Addresses {
  #origin: string | undefined;

  constructor(private readonly configured: string | undefined) {
    this.#origin = configured;
  }

  /** `https://id.example.com`, without a slash at the end. */
  get origin(): string {
    if (this.#origin === undefined) throw new Error('the public address is known only when the server listens');
    return this.#origin;
  }

  /** Tells the port once it is known; without effect when the operator has configured the whole origin. */
  listening(hostname: string, port: number, scheme: 'https' | 'http'): void {
    const usual = scheme === 'https' ? 443 : 80;
    this.#origin = this.configured ?? `${scheme}://${hostname}${port === usual ? '' : `:${port}`}`;
  }
}
