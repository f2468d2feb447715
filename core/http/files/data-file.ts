import { z } from 'zod';
import { type DataPath, type DataShape, type DataText, LONGEST_FILE } from './data-text.js';
import { FileError, type FileFormat, formatOf, type WantedForm, wantedForm } from './file-format.js';
import { readJson } from './json-text.js';
import { readXml, writeXml } from './xml-text.js';
import { readYaml, writeYaml } from './yaml-text.js';

const READERS: Readonly<Record<FileFormat, (text: string) => DataText>> = {
  json: readJson,
  yaml: readYaml,
  xml: readXml,
};

/** A file as it is sent out. */
export interface WrittenFile extends WantedForm {
  readonly text: string;
}

/** Data that was sent as a file, in JSON, YAML or XML. */
export class DataFile {
  private constructor(private readonly text: DataText) {}

  /** @throws FileError when it cannot be read, with the place */
  static parse(text: string, format: FileFormat): DataFile {
    if (text.length > LONGEST_FILE) throw new FileError(`it has more than ${LONGEST_FILE} characters.`);
    return new DataFile(READERS[format](text));
  }

  /**
   * The file in the part `file` of a form.
   *
   * @throws FileError when there is none, or it cannot be read
   */
  static async uploaded(contentType: string | undefined, body: string): Promise<DataFile> {
    if (!/^multipart\/form-data\s*;/i.test(contentType ?? ''))
      throw new FileError('the body must be multipart/form-data.');
    const headers = { 'content-type': contentType ?? '' };
    const form = await new Response(body, { headers }).formData().catch((cause: unknown) => {
      throw new FileError('the form cannot be read.', { cause });
    });
    const file = form.get('file');
    if (file === null) throw new FileError('the form has no part of this name.');
    if (typeof file === 'string') return DataFile.parse(file, formatOf('', '', file));
    const text = await file.text();
    return DataFile.parse(text, formatOf(file.type, file.name, text));
  }

  /** What the file says. @throws FileError when it does not fit, with the path and, if it is known, the line */
  read<S extends z.ZodType>(schema: S): z.output<S> {
    const shape = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'output' }) as DataShape;
    const result = schema.safeParse(this.text.value(shape));
    if (result.success) return result.data;
    const problems = result.error.issues.slice(0, 5).map(({ path, message }) => this.#placed(path, message));
    throw new FileError(`${problems.join('; ')}.`);
  }

  #placed(path: DataPath, message: string): string {
    const names = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
    const where = [names.join('').replace(/^\./, '').slice(0, 300), this.text.placeOf(path)].filter(Boolean);
    return where.length > 0 ? `${where.join(', ')}: ${message}` : message;
  }
}

/**
 * Writes data in the form that a client wants.
 *
 * @param accept `Accept` header
 * @param root name of the outermost element in XML
 * @throws FileError when the client takes no form that there is
 */
export function writeDataFile(data: object, accept: string | undefined, root: string): WrittenFile {
  const form = wantedForm(accept);
  const text = {
    json: () => `${JSON.stringify(data, undefined, 2)}\n`,
    yaml: () => writeYaml(data),
    xml: () => writeXml(root, data),
  };
  return { ...form, text: text[form.format]() };
}
