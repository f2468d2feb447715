export {
  KeySetError,
  /** @public */ type RemoteKeySetOptions,
  RemoteKeySets,
  RemoteKeySetsToken,
} from './remote-key-sets.js';
export { RemoteKeySettings } from './settings.js';
export { tryKeys } from './trial.js';
