import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { HttpRequest, Reply } from '#core/http';
import { Catalogue, type Texts } from './catalogue.js';
import { PortalAssets } from './portal-assets.js';

/** A page that is to be shown. */
export interface Page {
  /** Template in `views/`, without its ending. */
  readonly view: string;
  /** Goes to the top of the window; the template shows it as the heading. */
  readonly title: string;
  /** Whether the page says what was wrong with the last answer. */
  readonly failed?: boolean;
  /** What the template needs beyond that. */
  readonly model: object;
  /** Where forms of the page may lead in the end, beside this server: origins, or schemes such as `com.example:`. */
  readonly formAction?: readonly string[];
  /** Origins of pictures of the page, beside this server. */
  readonly imageSources?: readonly string[] | undefined;
  readonly status?: number;
}

/** An origin or a scheme, and nothing that would end the directive. */
const source = /^[a-z][a-z0-9+.-]*:(\/\/[\w.:[\]*-]+)?$/i;

/** Turns pages into answers. Templates are compiled when it is made, so a broken one stops the start. */
export class PageRenderer {
  readonly #eta = new Eta({ autoEscape: true, autoTrim: [false, 'nl'] });

  private constructor(
    private readonly productName: string,
    private readonly catalogue: Catalogue,
    readonly assets: PortalAssets,
  ) {}

  /** Reads templates, texts and assets of the portal. */
  static load(productName: string): PageRenderer {
    const folder = (name: string) => fileURLToPath(new URL(`./${name}/`, import.meta.url));
    const renderer = new PageRenderer(
      productName,
      Catalogue.load(folder('locales')),
      PortalAssets.load(folder('assets')),
    );
    const views = folder('views');
    for (const file of readdirSync(views).filter((name) => name.endsWith('.eta')))
      renderer.#eta.loadTemplate(`@${file.slice(0, -'.eta'.length)}`, readFileSync(join(views, file), 'utf8'));
    return renderer;
  }

  /** Texts in the language of a request. @param uiLocales wish of the application, when the address does not say it */
  texts(request: HttpRequest, uiLocales?: string): Texts {
    return this.catalogue.texts(request.query.get('ui_locales') ?? uiLocales, request.headers['accept-language']);
  }

  /** The answer that shows a page. */
  show(page: Page, texts: Texts, request: HttpRequest): Reply {
    const { t, language, direction } = texts;
    const shown = page.failed ? t('error.prefix', { title: page.title }) : page.title;
    const html = this.#eta.render(`@${page.view}`, {
      ...page.model,
      t,
      title: page.title,
      prefix: request.organization.prefix,
      frame: {
        language,
        direction,
        windowTitle: `${shown} – ${this.productName}`,
        productName: this.productName,
        style: this.assets.path('portal.css', request),
        logo: this.assets.path('logo.svg', request),
        icon: this.assets.path('favicon.svg', request),
      },
    });
    return {
      status: page.status ?? 200,
      html,
      headers: { 'Content-Language': language },
      formAction: (page.formAction ?? []).filter((one) => source.test(one)),
      imageSources: (page.imageSources ?? []).filter((one) => source.test(one)),
    };
  }
}
