import { tokenIssuerContract } from '../../../contract/token-issuer.js';

tokenIssuerContract('Default');
