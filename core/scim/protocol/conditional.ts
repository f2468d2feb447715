import { inject, injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { type Clock, ClockToken } from '#core/kernel';
import { claim, type StateStore, StateStoreToken } from '#core/persistence';
import { changedMeanwhile, checkIfMatch, isConditional } from './versions.js';

const KIND = 'scim-change';
/** No change takes longer. */
const HELD_MS = 60_000;

/** Changes that a client wants only of the version that it has read: of two at once one succeeds, on whichever node. */
@injectable()
export class ConditionalChanges {
  constructor(
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /**
   * Reads a resource, then changes it; with `If-Match` nobody else who sends one changes it in between.
   *
   * @param read throws when there is no such resource
   * @throws ScimError 412 when the resource is not of the version that the client has
   */
  async run<R extends { readonly version: string }, T>(
    call: { readonly request: HttpRequest; readonly orgId: string; readonly id: string },
    read: () => Promise<R>,
    change: (resource: R) => Promise<T>,
  ): Promise<T> {
    const { request, orgId, id } = call;
    if (!isConditional(request)) return change(await read());
    const key = { orgId, kind: KIND, id };
    const resource = await read();
    checkIfMatch(request, resource.version);
    if (!(await claim(this.state, { ...key, value: true, expiresAt: this.clock.now() + HELD_MS })))
      throw changedMeanwhile();
    try {
      const current = await read();
      checkIfMatch(request, current.version);
      return await change(current);
    } finally {
      await this.state.apply([{ remove: key }]);
    }
  }
}
