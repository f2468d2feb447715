import type { OAuthViews } from '../../../../../../plugins/portals/login/oauth-pages.js';

const hostile = '"><script>alert(1)</script>';

const usual = {
  applicationName: 'Harbour Bookings',
  face: {
    logo: {},
    home: { '': 'https://harbour.example/' },
    policy: { '': 'https://harbour.example/privacy', 'de-at': 'https://harbour.example/datenschutz' },
    terms: {
      '': 'https://harbour.example/terms',
      de: 'https://harbour.example/agb',
      fr: 'https://harbour.example/cgu',
    },
  },
  username: 'mia@example.com',
  redirectOrigin: 'https://harbour.example',
};

/** Stands in for the protocol's side of the pages; the key decides what is shown. */
export const stubOAuthPages: OAuthViews = {
  async consent(key) {
    if (key === 'hostile')
      return {
        applicationName: hostile,
        face: {
          logo: { '': 'https://*/logo.png' },
          home: { '': 'javascript:alert(1)' },
          policy: { '': `data:text/html,${hostile}` },
          terms: { '': `https://harbour.example/${hostile}` },
        },
        username: hostile,
        scopes: [{ name: hostile, displayName: hostile, description: hostile }],
        claims: [{ id: hostile, name: hostile, displayName: hostile, mandatory: false }],
        details: [{ id: hostile, name: hostile, description: hostile, members: [{ name: hostile, value: hostile }] }],
        redirectOrigin: "https://a.example; script-src 'unsafe-inline'",
      };
    if (key === 'nothing') return { ...usual, scopes: [], claims: [], details: [] };
    if (key === 'waiting')
      return {
        ...usual,
        scopes: [],
        claims: [],
        details: [],
        confirmsOnly: true,
        note: { kind: 'ciba', bindingMessage: 'Pay 10 € to Harbour, reference 4711', actor: 'a1b2c3d4-agent' },
      };
    if (key === 'device')
      return { ...usual, scopes: [], claims: [], details: [], note: { kind: 'device', userCode: 'WDJBMJ' } };
    if (key !== 'known') return undefined;
    return {
      ...usual,
      scopes: [
        { name: 'bookings:read', displayName: 'See your bookings', description: 'Past and coming ones, with prices' },
        { name: 'bookings:write', displayName: 'Make and change bookings', description: '' },
      ],
      claims: [
        { id: '0', name: 'email', displayName: 'E-mail address', mandatory: true },
        { id: '1', name: 'given_name', displayName: 'First name', mandatory: false },
        { id: '2', name: 'phone_number', displayName: 'Phone number', mandatory: false },
      ],
      details: [
        {
          id: '0',
          name: 'Payment',
          description: 'A single payment from your account',
          members: [{ name: 'amount', value: '12.50 EUR' }],
        },
      ],
    };
  },
  async logout(key) {
    if (key !== 'known') return undefined;
    return {
      applicationName: 'Harbour Bookings',
      username: 'mia@example.com',
      formAction: ['https://harbour.example'],
    };
  },
  hasUserCodes: true,
  async userCode(code) {
    return code === 'known'
      ? { userCode: 'WDJBMJ', applicationName: 'Harbour TV', clientId: 'tv', face: usual.face }
      : undefined;
  },
  detachedEnd(query) {
    const [kind, error] = (query.get('end') ?? '').split(' ');
    if (kind !== 'device' && kind !== 'ciba') return undefined;
    return { kind, applicationName: 'Harbour TV', error };
  },
  frontChannelLogout(key) {
    if (key !== 'known') return undefined;
    return { frames: ['https://harbour.example/out?sid=1'], target: 'https://harbour.example/', expiresAt: 0 };
  },
  error(query) {
    return query.get('code') === 'signed'
      ? { code: 'invalid_callback', message: `callback.not.match ${query.get('text') ?? ''}` }
      : { code: 'invalid_request', message: 'The request is not valid.' };
  },
};
