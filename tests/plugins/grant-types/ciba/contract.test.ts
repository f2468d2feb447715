import { grantTypeContract } from '../../../contract/grant-type.js';
import { askedElsewhere, CIBA, openLink } from '../../../support/waiting-clients.js';

grantTypeContract({
  name: CIBA,
  needs: ['auth_req_id'],
  async right(app) {
    const asked = await askedElsewhere(app, { login_hint: 'grantee' });
    await openLink(app, asked, { username: 'grantee' });
    return { auth_req_id: asked.auth_req_id };
  },
});
