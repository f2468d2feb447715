import { z } from 'zod';
import { type Principal, type RouteTable, route } from '#core/http';
import type { Clock } from '#core/kernel';
import type { User, UserService } from '#core/users';
import type { TotpSeed } from './totp-codes.js';
import type { TotpEnrolments } from './totp-enrolments.js';
import { renderTotpError, totpErrors } from './totp-errors.js';
import type { TotpNaming } from './totp-naming.js';
import type { TotpVerifier } from './totp-verifier.js';

/** What the self-service is made of. */
export interface SelfServiceParts {
  readonly users: UserService;
  readonly enrolments: TotpEnrolments;
  readonly verifier: TotpVerifier;
  readonly naming: TotpNaming;
  readonly clock: Clock;
  /** Whether the secret can be read again after the enrolment. */
  readonly showActive: boolean;
}

const SCOPE = 'internal_login';
const PLACE = 'self-service';
const PENDING_MS = 60 * 60_000;

const request = z.object({
  action: z.enum(['INIT', 'VIEW', 'REFRESH', 'VALIDATE']),
  verificationCode: z.union([z.int().min(0), z.string().max(16)]).optional(),
});
const answer = z.object({ qrCodeUrl: z.string().optional(), isValid: z.boolean().optional() });

/** What a user can do about the own enrolment. */
class SelfService {
  constructor(private readonly parts: SelfServiceParts) {}

  /** The user behind a token. A password is not enough: it would be the first factor deciding on the second. */
  async user(principal: Principal): Promise<User> {
    if (principal.authenticatedBy !== 'bearer')
      throw totpErrors.forbidden('Send an access token: basic authentication and sessions are not enough here.');
    if (!principal.scopes.has(SCOPE)) throw totpErrors.forbidden(`The access token lacks the scope ${SCOPE}.`);
    const user = principal.type === 'User' ? await this.parts.users.findById(principal.orgId, principal.id) : undefined;
    if (!user) throw totpErrors.unauthorized();
    return user;
  }

  /** Begins an enrolment; one that counts goes on to count until the new one is confirmed. */
  async renew(user: User): Promise<z.input<typeof answer>> {
    const expiresAt = this.parts.clock.now() + PENDING_MS;
    return this.#shown(user, await this.parts.enrolments.renewPending(user, { id: PLACE, expiresAt }));
  }

  /** The QR code of what is pending, else, if that is allowed, of what counts. */
  async view(user: User): Promise<z.input<typeof answer>> {
    const { active, visible } = await this.#seeds(user);
    if (visible) return this.#shown(user, visible);
    if (active) return { isValid: true };
    throw totpErrors.noSecret('The user is not enrolled. INIT begins an enrolment.');
  }

  /** The secret of what is pending, else, if that is allowed, of what counts. */
  async secret(user: User): Promise<string> {
    const { active, visible } = await this.#seeds(user);
    if (visible) return visible.secret;
    const why = active
      ? 'The secret is not shown again after the enrolment. REFRESH begins a new one.'
      : 'The user is not enrolled. INIT begins an enrolment.';
    throw totpErrors.noSecret(why);
  }

  /** Looks at a code. A right one makes count what is pending. */
  async validate(user: User, code: string | number | undefined): Promise<z.input<typeof answer>> {
    if (code === undefined || code === '') throw totpErrors.noCode();
    const { enrolments, verifier } = this.parts;
    const pending = await enrolments.pending(user, PLACE);
    const seed = pending ?? (await enrolments.active(user));
    if (!seed) throw totpErrors.noSecret('The user is not enrolled. INIT begins an enrolment.');
    // As a number, which the contract has it be, a code has lost the zeros at its beginning.
    const text = typeof code === 'number' ? String(code).padStart(6, '0') : code;
    const isValid = (await verifier.verify(user, seed, text, pending === undefined)) === 'right';
    if (isValid && pending) await enrolments.activate(user, pending, 'replace');
    return { isValid };
  }

  async #seeds(user: User): Promise<{ active: TotpSeed | undefined; visible: TotpSeed | undefined }> {
    const { enrolments, showActive } = this.parts;
    const active = await enrolments.active(user);
    return { active, visible: (await enrolments.pending(user, PLACE)) ?? (showActive ? active : undefined) };
  }

  async #shown(user: User, seed: TotpSeed): Promise<z.input<typeof answer>> {
    return { qrCodeUrl: Buffer.from(await this.parts.naming.uriOf(user, seed)).toString('base64') };
  }
}

/** `/api/users/v1/me/totp`: users enrol an app, look at what is pending, and end an enrolment. */
export function totpRoutes(parts: SelfServiceParts): RouteTable {
  const self = new SelfService(parts);
  const basics = { access: 'authenticated', cors: true, credentials: true } as const;
  return {
    name: 'totp',
    base: '/api/users/v1/me',
    errors: renderTotpError,
    routes: [
      route({
        ...basics,
        operationId: 'changeTotp',
        method: 'post',
        path: '/totp',
        summary: `Begin, look at or confirm an enrolment (a user's token with the scope ${SCOPE})`,
        body: request,
        response: answer,
        status: 200,
        async handle({ body: { action, verificationCode }, principal }) {
          const user = await self.user(principal);
          if (action === 'VALIDATE') return self.validate(user, verificationCode);
          return action === 'VIEW' ? self.view(user) : self.renew(user);
        },
      }),
      route({
        ...basics,
        operationId: 'getTotpQrCode',
        method: 'get',
        path: '/totp',
        summary: `QR code of the enrolment under way (a user's token with the scope ${SCOPE})`,
        response: answer,
        status: 200,
        handle: async ({ principal }) => self.view(await self.user(principal)),
      }),
      route({
        ...basics,
        operationId: 'deleteTotp',
        method: 'delete',
        path: '/totp',
        summary: `End the enrolment (a user's token with the scope ${SCOPE})`,
        status: 200,
        handle: async ({ principal }) => parts.enrolments.remove(await self.user(principal)),
      }),
      route({
        ...basics,
        operationId: 'getTotpSecret',
        method: 'get',
        path: '/totp/secret',
        summary: `Secret of the enrolment under way (a user's token with the scope ${SCOPE})`,
        response: z.object({ secret: z.string() }),
        status: 200,
        handle: async ({ principal }) => ({ secret: await self.secret(await self.user(principal)) }),
      }),
    ],
  };
}
