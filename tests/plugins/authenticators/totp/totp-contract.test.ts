import { authenticatorContract } from '../../../contract/authenticator.js';
import { codeOf, otherThan } from './totp-bench.js';

authenticatorContract({
  name: 'totp',
  async right({ authenticator, flow, clock }) {
    const { data } = await authenticator.begin(flow());
    return { token: codeOf(String(data?.['secret']), clock.now()) };
  },
  wrong: async ({ authenticator, flow, clock }) => {
    const { data } = await authenticator.begin(flow());
    return { token: otherThan(codeOf(data?.['secret'] ?? 'AAAAAAAA', clock.now())) };
  },
});
