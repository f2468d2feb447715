import { extensionPoint } from '#core/kernel';
import type { HttpRequest, Principal, Reply } from './messages.js';

/** Is told of every call behind a guard that may have changed something and has succeeded. */
export interface CallWitness {
  /** Called before the answer is sent. */
  succeeded(request: HttpRequest, principal: Principal, reply: Reply): Promise<void>;
}

/** Who is told of calls. */
export const CallWitnesses = extensionPoint<CallWitness>('call-witnesses');

/** Whether a call was one that changes something. */
export const isModification = ({ method }: HttpRequest, { status }: Reply): boolean =>
  method !== 'GET' && method !== 'HEAD' && status < 400;
