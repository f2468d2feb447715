import type { z } from 'zod';
import { DataFile, FileError, type WrittenFile, writeDataFile } from '#core/http';
import { storeErrors } from './store-errors.js';
import { storeBody } from './store-model.js';

/** A store as a file has it. */
export type StoreFile = z.output<typeof storeBody>;

/**
 * Writes a store as a file of the media type that is asked for; YAML when none is.
 *
 * @param accept `Accept` header
 * @throws ApiError SUS-60004 for other media types
 */
export function writeStoreFile(store: object, accept: string | undefined): WrittenFile {
  try {
    return writeDataFile(store, accept, 'userStore');
  } catch (cause) {
    throw cause instanceof FileError ? storeErrors.file(cause.message, cause) : cause;
  }
}

/**
 * Reads the file of an upload.
 *
 * @param contentType of the request, with the boundary
 * @throws ApiError SUS-60004 when there is no file that can be read
 */
export async function readStoreFile(contentType: string | undefined, body: string): Promise<StoreFile> {
  try {
    return (await DataFile.uploaded(contentType, body)).read(storeBody);
  } catch (cause) {
    throw cause instanceof FileError ? storeErrors.file(`file: ${cause.message}`, cause) : cause;
  }
}
