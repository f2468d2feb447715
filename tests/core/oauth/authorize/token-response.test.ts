import { expect } from 'chai';
import type { Registry } from '#core/kernel';
import type { OAuthClient, TokenBinding } from '#core/oauth';
import { TokenResponse } from '../../../../core/oauth/authorize/token-response.js';

describe('a token of the authorization endpoint', () => {
  const matches = async () => true;
  const bindings: Record<string, TokenBinding> = {
    proof: { type: 'proof', matches, confirmation: (value) => ({ jkt: value }) },
    cookie: { type: 'cookie', matches },
  };
  const registry = { find: (type: string) => bindings[type] } as unknown as Registry<TokenBinding>;
  const response = new TokenResponse({} as ConstructorParameters<typeof TokenResponse>[0], registry);
  const check = (bindingType: string) => {
    const client = { settings: { accessToken: { bindingType } } } as unknown as OAuthClient;
    return () => response.check({} as Parameters<TokenResponse['check']>[0], client);
  };

  it('is refused to applications whose tokens are bound to a key, which such a request cannot prove', () => {
    expect(check('proof')).to.throw('only the token endpoint').with.property('code', 'unauthorized_client');
  });

  it('is given to all others', () => {
    for (const type of ['None', 'cookie', 'unknown']) expect(check(type)).not.to.throw();
  });
});
