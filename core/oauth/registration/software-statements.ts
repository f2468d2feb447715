import { decodeProtectedHeader, jwtVerify } from 'jose';
import { inject, injectable } from 'tsyringe';
import { type RemoteKeySets, RemoteKeySetsToken } from '#core/connections';
import { type Clock, ClockToken, reasonOf, token } from '#core/kernel';
import { type ClientMetadata, clientMetadata } from './client-metadata.js';
import { type OrganizationRegistration, OrganizationRegistrationToken } from './organization-registration.js';
import { RegistrationError } from './registration-errors.js';

/** Injection token of {@link SoftwareStatements}. */
export const SoftwareStatementsToken = token<SoftwareStatements>('oauth.software-statements');

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Claims of a JWT that are no metadata. */
const registered = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']);

/** Software statements (RFC 7591 §2.3): metadata that a third party has signed. */
@injectable()
export class SoftwareStatements {
  constructor(
    @inject(OrganizationRegistrationToken) private readonly options: OrganizationRegistration,
    @inject(RemoteKeySetsToken) private readonly keySets: RemoteKeySets,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** The metadata with what its software statement says in place of what it says itself. Throws RegistrationError. */
  async apply(metadata: ClientMetadata, orgId: string): Promise<ClientMetadata> {
    const { mandateSSA, ssaJwks } = await this.options.of(orgId);
    const { software_statement: statement } = metadata;
    if (statement === undefined) {
      if (!mandateSSA) return metadata;
      throw new RegistrationError('invalid_software_statement', 'A software statement is required.');
    }
    const claims = await this.#verified(statement, ssaJwks);
    const said = Object.fromEntries(Object.entries(claims).filter(([name]) => !registered.has(name)));
    const parsed = clientMetadata.safeParse({ ...metadata, ...said });
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new RegistrationError('invalid_software_statement', `${issue?.path.join('.')}: ${issue?.message}`);
  }

  async #verified(statement: string, address: string | undefined): Promise<Record<string, unknown>> {
    if (address === undefined)
      throw new RegistrationError(
        'unapproved_software_statement',
        'This server takes no software statements: neither the organization nor ssa_jkws of [oauth.dcr] names their keys.',
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
