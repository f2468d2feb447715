export { ensureTlsMaterial, type TlsMaterial } from './certificates.js';
export { KeySets, KeySetsToken, type Thumbprints } from './key-sets.js';
export {
  PASSWORD_HASH_METHODS,
  PasswordHashing,
  PasswordHashingToken,
  type PasswordHashMethod,
} from './passwords/password-hashing.js';
export { equalInConstantTime, randomName, randomToken, sha256Base64Url, sha256Hex } from './random.js';
export { openSecretBox, SecretBox, SecretBoxToken } from './secret-box.js';
export type { SigningAlgorithm } from './signing-key.entity.js';
