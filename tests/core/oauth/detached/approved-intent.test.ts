import { expect } from 'chai';
import { approvedIntent } from '#core/oauth';

describe('what a client that has waited elsewhere gets', () => {
  it('is all that was agreed to: who acts for the user, details and resources are not lost', () => {
    const user = { id: 'target', orgId: 'o', username: 'target', domain: 'PRIMARY' };
    const terms = {
      actor: { sub: 'impersonator' },
      authorizationDetails: [{ type: 'payment' }],
      resources: ['https://api.example/'],
    };
    const grant = { ...terms, clientId: 'c', userId: 'target', scopes: ['openid'], createdAt: 1 };
    const authentication = { time: 1, methods: ['BasicAuthenticator'] };
    const intent = approvedIntent({ grant: { ...grant, authentication }, grantId: 'g' }, user, []);
    expect(intent).to.deep.include({ ...terms, grantId: 'g', scopes: ['openid'], scopesGranted: true });
    expect(intent.subject).to.deep.equal({ type: 'user', user });
  });
});
