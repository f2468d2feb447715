import { UnavailableError } from '#core/kernel';

/**
 * The store is there, but does not do this now: it has too much to do, or would have to do too much for the question.
 * Unlike one that cannot be reached it is not left alone for that, or whoever asks for too much could close it to all.
 */
export class StoreBusyError extends UnavailableError {}
