import { z } from 'zod';
import { duration, flag, settings } from '#core/kernel';

/** `[session.timeout]` */
export const SessionTimeoutSettings = settings(
  'session.timeout',
  z.strictObject({
    idle_session_timeout: duration('m').prefault('15m').describe('How long a session lives without being used'),
    remember_me_session_timeout: duration('m').prefault('14d').describe('The same for sessions with "remember me"'),
    extend_remember_me_session_timeout_on_auth: flag()
      .prefault(true)
      .describe('Whether use makes a remembered session live longer'),
    enable_maximum_session_timeout: flag()
      .prefault(false)
      .describe('Whether a session ends at some time however much it is used'),
    maximum_session_timeout: duration('m').prefault('30d').describe('When, counted from the sign-in'),
  }),
);
