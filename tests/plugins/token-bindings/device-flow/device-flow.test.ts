import { tokenBindingContract } from '../../../contract/token-binding.js';

tokenBindingContract({ type: 'device-flow', binds: false, show: () => ({}) });
