import { tokenIssuerContract } from '../../../contract/token-issuer.js';

tokenIssuerContract('JWT');
