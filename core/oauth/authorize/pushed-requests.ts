import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { sha256Hex } from '#core/crypto';
import { type Clock, ClockToken, token } from '#core/kernel';
import { consume, type StateStore, StateStoreToken } from '#core/persistence';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import type { SourcedParameters } from './authorize-request.js';
import { UntrustedRequestError } from './untrusted-request.js';

/** Injection token of the pushed authorization requests. */
export const PushedRequestsToken = token<PushedRequests>('oauth.pushed-requests');

const PREFIX = 'urn:ietf:params:oauth:par:request_uri:';
const KIND = 'oauth-pushed-request';
/** How long a request that is too late is still known, in milliseconds, so that the error can say so. */
const REMEMBERED_MS = 10 * 60_000;

interface PushedRecord {
  readonly clientId: string;
  readonly parameters: string;
  readonly requestObject?: SourcedParameters['requestObject'];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Whether a `request_uri` names a request that was pushed here. */
export const isPushed = (requestUri: string): boolean => requestUri.startsWith(PREFIX);

/** Authorization requests that wait for the browser (RFC 9126): living state, used once, for the client that pushed them. */
@injectable()
export class PushedRequests {
  constructor(
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** Keeps a request that has been found good. @returns its `request_uri`, and its life in seconds */
  async keep(
    orgId: string,
    clientId: string,
    { parameters, requestObject }: Pick<SourcedParameters, 'parameters' | 'requestObject'>,
  ): Promise<{ readonly requestUri: string; readonly expiresIn: number }> {
    const requestUri = PREFIX + uuid();
    const lifetime = this.options.par.expiry_time;
    const expiresAt = this.clock.now() + lifetime;
    const marked = requestObject === undefined ? {} : { requestObject };
    const value: PushedRecord = { clientId, parameters: parameters.toString(), ...marked, expiresAt };
    const id = sha256Hex(requestUri);
    await this.state.apply([{ put: { orgId, kind: KIND, id, value, expiresAt: expiresAt + REMEMBERED_MS } }]);
    return { requestUri, expiresIn: Math.floor(lifetime / 1000) };
  }

  /**
   * Takes a request out: whoever shows its `request_uri`, it is used up by that.
   *
   * @throws UntrustedRequestError when it is unknown, used, too late, or another client's
   */
  async take(orgId: string, clientId: string, requestUri: string): Promise<SourcedParameters> {
    const record = await consume<PushedRecord>(this.state, { orgId, kind: KIND, id: sha256Hex(requestUri) });
    if (!record) throw new UntrustedRequestError('invalid_request_uri', 'par.invalid.request.uri');
    if (record.clientId !== clientId) throw new UntrustedRequestError('invalid_request', 'par.client.id.not.match');
    if (record.expiresAt <= this.clock.now())
      throw new UntrustedRequestError('invalid_request_uri', 'par.request.uri.expired');
    const { requestObject } = record;
    const parameters = new URLSearchParams(record.parameters);
    return { parameters, pushed: true, ...(requestObject === undefined ? {} : { requestObject }) };
  }
}
