export {
  /** @public */ KeySetError,
  /** @public */ type RemoteKeySetOptions,
  /** @public */ RemoteKeySets,
  /** @public */ RemoteKeySetsToken,
} from './remote-key-sets.js';
