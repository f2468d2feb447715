import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInstance, type i18n } from 'i18next';
import { chooseLanguage } from './language.js';

/** Groups of texts in a file of `locales/`. */
export type TextGroup =
  | 'ui'
  | 'titles'
  | 'labels'
  | 'options'
  | 'failures'
  | 'requirements'
  | 'statuses'
  | 'oauthErrors'
  /** What ships with the server as data in English: its keys are the English texts. */
  | 'names';

/** What may be put into a text. */
export type TextValues = Readonly<Record<string, string>>;

interface LocaleFile extends Readonly<Record<TextGroup, Readonly<Record<string, string>>>> {
  readonly direction: 'ltr' | 'rtl';
}

/** The texts of one language. */
export interface Texts {
  /** Tag for the `lang` attribute. */
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  /** A text of the group `ui`: the pages' own, so it is always there. */
  readonly t: (key: string, values?: TextValues) => string;
  /** A text whose key came from elsewhere; undefined when the key is not known. */
  readonly find: (group: TextGroup, key: string | null | undefined, values?: TextValues) => string | undefined;
}

/** All languages of the portal. One file of `locales/` is one language. */
export class Catalogue {
  readonly #files: ReadonlyMap<string, LocaleFile>;
  readonly #i18n: i18n;

  private constructor(files: ReadonlyMap<string, LocaleFile>) {
    this.#files = files;
    this.#i18n = createInstance({
      resources: Object.fromEntries(files) as unknown as Record<string, Record<string, Record<string, string>>>,
      fallbackLng: 'en',
      defaultNS: 'ui',
      keySeparator: false,
      nsSeparator: false,
      interpolation: { escapeValue: false },
      initAsync: false,
    });
    void this.#i18n.init();
  }

  /** Reads the files of a folder. */
  static load(folder: string): Catalogue {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as LocaleFile;
    return new Catalogue(new Map(names.map((name) => [name.slice(0, -'.json'.length), read(name)])));
  }

  /** Texts in the language that suits best; see {@link chooseLanguage}. */
  texts(uiLocales: string | undefined, acceptLanguage: string | undefined): Texts {
    const language = chooseLanguage([...this.#files.keys()], uiLocales, acceptLanguage);
    const translate = this.#i18n.getFixedT(language);
    return {
      language,
      direction: this.#files.get(language)?.direction ?? 'ltr',
      t: (key, values) => translate(key, { ...values }),
      find: (group, key, values) => {
        const known = key && Object.hasOwn(this.#files.get('en')?.[group] ?? {}, key);
        return known ? translate(key, { ...values, ns: group }) : undefined;
      },
    };
  }
}
