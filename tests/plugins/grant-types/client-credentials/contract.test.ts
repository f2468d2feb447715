import { grantTypeContract } from '../../../contract/grant-type.js';

grantTypeContract({ name: 'client_credentials', needs: [], right: async () => ({}) });
