import { extensionPoint, token } from '#core/kernel';
import type { ApplicationEntity } from './application.entity.js';

/** What a room has to do when an application goes. Runs in the same unit of work: all of it happens or nothing. */
export interface ApplicationParticipant {
  /** Removes what the room keeps for the application. */
  deleting(application: ApplicationEntity): Promise<void>;
}

/** Rooms that keep something for applications; inbound protocols need not take part, they are asked in any case. */
export const ApplicationParticipants = extensionPoint<ApplicationParticipant>('application-participants');

/** Injection token of the participants, in the order of their ids; bound by the module. */
export const ApplicationParticipantsToken = token<() => readonly ApplicationParticipant[]>('applications.participants');
