import { decodeProtectedHeader, jwtVerify } from 'jose';
import { inject, injectable } from 'tsyringe';
import { type RemoteKeySets, RemoteKeySetsToken } from '#core/connections';
import { type Clock, ClockToken, reasonOf, token } from '#core/kernel';
import { type ClientMetadata, clientMetadata } from './client-metadata.js';
import { RegistrationError } from './registration-errors.js';
import type { RegistrationOptions } from './settings.js';

/** Injection token of {@link SoftwareStatements}. */
export const SoftwareStatementsToken = token<SoftwareStatements>('oauth.software-statements');
/** Injection token of what they need of `[oauth.dcr]`. */
export const StatementOptionsToken =
  token<Pick<RegistrationOptions, 'mandate_ssa' | 'ssa_jkws'>>('oauth.statement-options');

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Claims of a JWT that are no metadata. */
const registered = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']);

/** Software statements (RFC 7591 §2.3): metadata that a third party has signed. */
@injectable()
export class SoftwareStatements {
  constructor(
    @inject(StatementOptionsToken) private readonly options: Pick<RegistrationOptions, 'mandate_ssa' | 'ssa_jkws'>,
    @inject(RemoteKeySetsToken) private readonly keySets: RemoteKeySets,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** The metadata with what its software statement says in place of what it says itself. Throws RegistrationError. */
  async apply(metadata: ClientMetadata): Promise<ClientMetadata> {
    const { software_statement: statement } = metadata;
    if (statement === undefined) {
      if (!this.options.mandate_ssa) return metadata;
      throw new RegistrationError('invalid_software_statement', 'A software statement is required.');
    }
    const claims = await this.#verified(statement);
    const said = Object.fromEntries(Object.entries(claims).filter(([name]) => !registered.has(name)));
    const parsed = clientMetadata.safeParse({ ...metadata, ...said });
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new RegistrationError('invalid_software_statement', `${issue?.path.join('.')}: ${issue?.message}`);
  }

  async #verified(statement: string): Promise<Record<string, unknown>> {
    const address = this.options.ssa_jkws;
    if (address === undefined)
      throw new RegistrationError(
        'unapproved_software_statement',
        'This server takes no software statements: ssa_jkws of [oauth.dcr] is not set.',
      );
    try {
      decodeProtectedHeader(statement);
      const currentDate = new Date(this.clock.now());
      return (await this.keySets.verify(address, (keys) => jwtVerify(statement, keys, { algorithms, currentDate })))
        .payload;
    } catch (cause) {
      throw new RegistrationError(
        'invalid_software_statement',
        `The software statement cannot be verified: ${reasonOf(cause)}`,
        { cause },
      );
    }
  }
}
