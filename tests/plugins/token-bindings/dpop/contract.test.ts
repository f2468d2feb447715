import { tokenBindingContract } from '../../../contract/token-binding.js';
import { type DpopKey, dpopKey, proofOf } from '../../../support/dpop-client.js';

let mine: Promise<DpopKey> | undefined;
const own = () => {
  mine ??= dpopKey();
  return mine;
};
const changesOf = (accessToken: string | undefined) => (accessToken === undefined ? {} : { accessToken });

tokenBindingContract({
  type: 'DPoP',
  binds: true,
  show: async ({ method, url, accessToken }) => ({
    headers: { dpop: await proofOf(await own(), method, url, changesOf(accessToken)) },
  }),
  showOther: async ({ method, url, accessToken }) => ({
    headers: { dpop: await proofOf(await dpopKey(), method, url, changesOf(accessToken)) },
  }),
});
