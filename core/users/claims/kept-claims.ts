import { claimUri } from './claim-model.js';

const keptByServer = new Set(
  [
    'accountLocked',
    'accountDisabled',
    'accountState',
    'lockedReason',
    'unlockTime',
    'lastLoginTime',
    'lastLogonTime',
    'lastPasswordUpdateTime',
    'passwordExpiryTime',
    'failedLoginAttempts',
    'failedLoginAttemptsBeforeSuccess',
    'failedLoginLockoutCount',
    'failedPasswordRecoveryAttempts',
    'failedSmsOtpAttempts',
    'failedEmailOtpAttempts',
    'failedTotpAttempts',
    'failedBackupCodeAttempts',
    'failedPushAuthAttempts',
    'totpEnabled',
    'secretkey',
    'verifySecretkey',
    'backupCodes',
    'isReadOnlyUser',
  ].map((name) => claimUri(`identity/${name}`)),
);

/** Whether the server itself reads a claim at each sign-in, so that its values must stay beside the user stores. */
export const isKeptByServer = (uri: string): boolean => keptByServer.has(uri);
