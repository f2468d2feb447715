import { inject, injectable } from 'tsyringe';
import { templateErrors } from '../errors.js';
import type { Template, TemplateText } from './template.js';
import { TemplateService, type TypeOf } from './template.service.js';

/**
 * Templates of an organization as its first API knows them: one for each language, and no word on where it comes from.
 * What is inherited is there; a change of it makes one of the organization's own.
 */
@injectable()
export class ResolvedTemplates {
  constructor(@inject(TemplateService) private readonly templates: TemplateService) {}

  /** All of a type. Throws ApiError NTM-65002. */
  list(type: TypeOf): Promise<readonly Template[]> {
    return this.templates.templates(type, '', true);
  }

  /** One of a type. Throws ApiError NTM-65002, NTM-65004. */
  async one(type: TypeOf, locale: string): Promise<Template> {
    const found = (await this.list(type)).find((one) => one.locale === locale);
    if (!found) throw templateErrors.noSuchTemplate(type.name, locale);
    return found;
  }

  /** Adds one in a language in which there is none. Throws ApiError NTM-65002, NTM-65003. */
  async add(type: TypeOf, template: Template): Promise<void> {
    const { locale } = template;
    if ((await this.list(type)).some((one) => one.locale === locale))
      throw templateErrors.exists(`a template of ${type.name} for ${locale}`);
    await this.templates.add(type, '', template);
  }

  /** Replaces one; an inherited one is covered. Throws ApiError NTM-65002, NTM-65004. */
  async replace(type: TypeOf, locale: string, text: TemplateText): Promise<void> {
    await this.one(type, locale);
    if (await this.#isOwn(type, locale)) await this.templates.replace(type, '', locale, text);
    else await this.templates.add(type, '', { ...text, locale });
  }

  /** Deletes one of the organization's own. Throws ApiError NTM-65002, NTM-65004, NTM-60016 when it is inherited. */
  async delete(type: TypeOf, locale: string): Promise<void> {
    await this.one(type, locale);
    if (!(await this.#isOwn(type, locale))) throw templateErrors.inherited(type.name, locale);
    await this.templates.delete(type, '', locale);
  }

  async #isOwn(type: TypeOf, locale: string): Promise<boolean> {
    return (await this.templates.templates(type, '', false)).some((one) => one.locale === locale);
  }
}
