import { grantTypeContract } from '../../../contract/grant-type.js';
import { DEVICE_CODE, deviceCodes, enterUserCode } from '../../../support/waiting-clients.js';

grantTypeContract({
  name: DEVICE_CODE,
  needs: ['device_code'],
  async right(app) {
    const { device_code, user_code } = await deviceCodes(app);
    await enterUserCode(app, user_code, { username: 'grantee' });
    return { device_code };
  },
});
