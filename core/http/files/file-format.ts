/** How data is written in a file. */
export type FileFormat = 'json' | 'yaml' | 'xml';

interface FormatNames {
  readonly format: FileFormat;
  /** Media types, the usual one first. */
  readonly types: readonly [string, ...string[]];
  /** Endings of file names, the usual one first. */
  readonly endings: readonly [string, ...string[]];
}

const YAML: FormatNames = {
  format: 'yaml',
  types: ['application/yaml', 'application/x-yaml', 'text/yaml'],
  endings: ['yaml', 'yml'],
};
const FORMATS: readonly FormatNames[] = [
  YAML,
  { format: 'json', types: ['application/json', 'text/json'], endings: ['json'] },
  { format: 'xml', types: ['application/xml', 'text/xml'], endings: ['xml'] },
];

/** What is wrong with a file, and where. The message is public. */
export class FileError extends Error {}

/** The form in which a file is to be written. */
export interface WantedForm {
  readonly format: FileFormat;
  /** As it was asked for. */
  readonly type: string;
  /** Ending of the file name. */
  readonly ending: string;
}

/**
 * The form that a client wants: the first one of its list that there is; YAML when it takes anything.
 *
 * @param accept `Accept` header
 * @throws FileError when there is none that it takes
 */
export function wantedForm(accept = ''): WantedForm {
  const asked = accept.split(',').flatMap((part) => (part.split(';')[0] ?? '').trim().toLowerCase() || []);
  for (const type of asked) {
    const found = FORMATS.find(({ types }) => types.includes(type));
    if (found) return { format: found.format, type, ending: found.endings[0] };
  }
  if (asked.length > 0 && !asked.some((type) => type === '*/*' || type === 'application/*'))
    throw new FileError(
      `Accept: there is no ${asked[0]}; expected one of ${FORMATS.map(({ types }) => types[0]).join(', ')}.`,
    );
  return { format: YAML.format, type: YAML.types[0], ending: YAML.endings[0] };
}

/** The form of a file that was sent: by its media type, else by its name, else by its first character. */
export function formatOf(type: string, name: string, text: string): FileFormat {
  const plain = (type.split(';')[0] ?? '').trim().toLowerCase();
  const ending = name.split('.').at(-1)?.toLowerCase() ?? '';
  const found =
    FORMATS.find(({ types }) => types.includes(plain)) ?? FORMATS.find(({ endings }) => endings.includes(ending));
  // Every JSON text is a YAML text (YAML 1.2 section 1.3).
  return found?.format ?? (text.trimStart().startsWith('<') ? 'xml' : 'yaml');
}
