import { z } from 'zod';
import { storeErrors } from './store-errors.js';
import { storeBody } from './store-model.js';

/** A store as a file has it. */
export type StoreFile = z.output<typeof storeBody>;

const FORMATS = [
  { name: 'json', types: ['application/json', 'text/json'], extensions: ['json'] },
  { name: 'yaml', types: ['application/yaml', 'application/x-yaml', 'text/yaml'], extensions: ['yaml', 'yml'] },
  { name: 'xml', types: ['application/xml', 'text/xml'], extensions: ['xml'] },
] as const;

type Format = (typeof FORMATS)[number]['name'];

/** A file that is sent. */
export interface WrittenFile {
  readonly type: string;
  readonly text: string;
  readonly extension: string;
}

/**
 * Writes a store as a file of the media type that is asked for; YAML when none is. YAML is written in its flow style,
 * which is JSON, so that every reader of either takes it.
 *
 * @param accept `Accept` header
 * @throws ApiError SUS-60004 for other media types
 */
export function writeStoreFile(store: Readonly<Record<string, unknown>>, accept: string): WrittenFile {
  const asked = accept.split(',').map((one) => one.split(';')[0]?.trim().toLowerCase() ?? '');
  const wanted = asked.includes('*/*') || accept === '' ? 'application/yaml' : asked[0];
  const format = FORMATS.find(({ types }) => types.some((one) => one === wanted));
  if (!format) throw storeErrors.invalid('Accept: expected application/json, application/yaml or application/xml.');
  const text =
    format.name === 'xml'
      ? `<?xml version="1.0" encoding="UTF-8"?>\n${element('userStore', store)}\n`
      : `${JSON.stringify(store, undefined, 2)}\n`;
  return { type: wanted ?? 'application/yaml', text, extension: format.extensions[0] };
}

/**
 * Reads the file of an upload.
 *
 * @param contentType of the request, with the boundary
 * @throws ApiError SUS-60004 when there is no file that can be read
 */
export async function readStoreFile(contentType: string, body: string): Promise<StoreFile> {
  const file = await fileOf(contentType, body);
  if (formatOf(file) === 'xml') throw unreadable('XML is only written. Send JSON, or YAML in its flow style.');
  let value: unknown;
  try {
    value = JSON.parse(await file.text()) as unknown;
  } catch (cause) {
    throw unreadable('it is neither JSON nor YAML in its flow style.', cause);
  }
  const { data, error } = storeBody.safeParse(value);
  if (data) return data;
  const [issue] = error.issues;
  throw unreadable(`${issue?.path.map(String).join('.')}: ${issue?.message}`);
}

async function fileOf(contentType: string, body: string): Promise<File> {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) throw unreadable('the request is no multipart/form-data.');
  let form: FormData;
  try {
    form = await new Response(body, { headers: { 'content-type': contentType } }).formData();
  } catch (cause) {
    throw unreadable('the form cannot be read.', cause);
  }
  const file = form.get('file');
  if (!(file instanceof File)) throw unreadable('the form has no file of this name.');
  return file;
}

function formatOf({ name, type }: File): Format {
  const extension = name.split('.').at(-1)?.toLowerCase();
  const plain = type.split(';')[0];
  const known = FORMATS.find(
    ({ types, extensions }) => types.some((one) => one === plain) || extensions.some((one) => one === extension),
  );
  return known?.name ?? 'yaml';
}

const unreadable = (why: string, cause?: unknown) => {
  const error = storeErrors.invalid(`file: ${why}`);
  if (cause !== undefined) error.cause = cause;
  return error;
};

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function element(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join('');
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([member, content]) => element(member, content))
          .join('')
      : [...String(value)].map((sign) => ESCAPES[sign] ?? sign).join('');
  return `<${name}>${inner}</${name}>`;
}
