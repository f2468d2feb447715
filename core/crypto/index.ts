export { ensureTlsMaterial, type TlsMaterial } from './certificates.js';
export { KeySets, KeySetsToken, type Thumbprints } from './key-sets.js';
export { LEGACY_DIGESTS, type LegacyDigest, legacyDigest, legacyHash } from './passwords/legacy-digests.js';
export {
  PASSWORD_HASH_METHODS,
  PasswordHashing,
  PasswordHashingToken,
  type PasswordHashMethod,
  pbkdf2Hash,
} from './passwords/password-hashing.js';
export { equalInConstantTime, randomName, randomToken, sha256Base64Url, sha256Hex } from './random.js';
export { openSecretBox, SecretBox, SecretBoxToken } from './secret-box.js';
export type { SigningAlgorithm } from './signing-key.entity.js';
