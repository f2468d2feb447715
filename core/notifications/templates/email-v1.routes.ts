import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { type HttpRequest, jsonBody, type RouteDeclaration, type RouteTable, reply, route } from '#core/http';
import { renderTemplateError, templateErrors } from '../errors.js';
import { ResolvedTemplates } from './resolved-templates.js';
import { type Template, typeIdOf } from './template.js';
import { TemplateService } from './template.service.js';
import { localeIn, selfOf, typeIn } from './template-addresses.js';
import { listQuery, partOf } from './template-lists.js';
import { displayName, emailText, emailV1, locale } from './template-requests.js';
import { typeDeletion } from './templates.routes.js';

/** A template; its id is its locale. */
const template = z.intersection(emailText, z.object({ id: locale }));
const templates = z
  .array(template)
  .max(100)
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, { error: 'a locale is there twice' });
const replacement = z.intersection(emailText, z.object({ id: locale.optional() }));
const creation = z.object({ displayName, templates: templates.default([]) });

const templateAnswer = z.object({ ...emailText.shape, id: z.string() });
const placeAnswer = z.object({ id: z.string(), self: z.string() });
const typeAnswer = z.object({
  id: z.string(),
  displayName: z.string(),
  templates: z.array(templateAnswer).optional(),
  self: z.string(),
});
const wholeTypeAnswer = typeAnswer.required({ templates: true }).omit({ self: true });

const attributes = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
  .pipe(z.array(z.enum(['id', 'displayName', 'self', 'templates'])))
  .describe('What the answer has to have: `templates` is there only when it is named here');
const typesQuery = z.object({ ...listQuery('displayName'), requiredAttributes: attributes });
const templatesQuery = z.object(listQuery('id'));

const part = emailV1;
const { path, scopes } = part;
const one = `${path}/:typeId`;
const asTemplate = ({ id, ...text }: z.output<typeof template>): Template => ({ ...text, locale: id });
const shown = ({ locale: id, contentType, subject, body, footer }: Template) => ({
  id,
  contentType,
  subject,
  body,
  footer,
});
const localeOfTemplate = (of: Template) => of.locale;

/** `/api/server/v1/email/template-types`: the first API of e-mail templates, which knows neither applications nor heirs. */
@injectable()
export class EmailV1Routes {
  constructor(
    @inject(TemplateService) private readonly types: TemplateService,
    @inject(ResolvedTemplates) private readonly templates: ResolvedTemplates,
  ) {}

  /** What it makes, the other APIs of templates show too. */
  table(): RouteTable {
    const routes = [...this.#types(), ...this.#type(), ...this.#list(), ...this.#single()];
    return { name: 'email-templates-v1', base: part.base, errors: renderTemplateError, routes };
  }

  #types(): RouteDeclaration[] {
    return [
      route({
        operationId: 'getAllEmailTemplateTypesV1',
        method: 'get',
        path,
        access: { scopes: scopes.view },
        cors: true,
        summary: 'Types of e-mail templates',
        query: typesQuery,
        response: z.array(typeAnswer),
        status: 200,
        handle: async ({ query, request }) => {
          const all = await this.types.types(request.organization.id, part.channel);
          const found: z.input<typeof typeAnswer>[] = [];
          for (const { name } of partOf(all, query, (type) => type.name)) {
            const type = { orgId: request.organization.id, channel: part.channel, name };
            const more = query.requiredAttributes.includes('templates')
              ? { templates: (await this.templates.list(type)).map(shown) }
              : {};
            found.push({ ...placeOf(request, name), ...more });
          }
          return found;
        },
      }),
      route({
        operationId: 'addEmailTemplateTypeV1',
        method: 'post',
        path,
        access: { scopes: scopes.create },
        cors: true,
        summary: 'Add a type of e-mail templates, with templates',
        body: jsonBody(creation),
        response: typeAnswer,
        status: 201,
        handle: async ({ body, request }) => {
          const type = { orgId: request.organization.id, channel: part.channel, name: body.displayName };
          await this.types.addType(type, body.templates.map(asTemplate));
          const json = placeOf(request, type.name);
          return reply({ status: 201, headers: { Location: request.origin + json.self, self: json.self }, json });
        },
      }),
    ];
  }

  #type(): RouteDeclaration[] {
    return [
      route({
        operationId: 'getEmailTemplateTypeV1',
        method: 'get',
        path: one,
        access: { scopes: scopes.view },
        cors: true,
        summary: 'A type of e-mail templates, with its templates',
        query: templatesQuery,
        response: wholeTypeAnswer,
        status: 200,
        handle: async ({ query, request }) => {
          const found = await this.types.findType(typeIn(part, request));
          if (!found) throw templateErrors.noSuchType(request.params['typeId'] ?? '');
          const all = await this.templates.list({ ...typeIn(part, request), name: found.name });
          const { id, displayName } = placeOf(request, found.name);
          return { id, displayName, templates: partOf(all, query, localeOfTemplate).map(shown) };
        },
      }),
      route({
        operationId: 'updateEmailTemplateTypeV1',
        method: 'put',
        path: one,
        access: { scopes: scopes.update },
        cors: true,
        summary: 'Replace all templates of a type; those that are inherited stay under them',
        body: jsonBody(templates),
        status: 200,
        handle: ({ body, request }) => this.types.replaceAll(typeIn(part, request), body.map(asTemplate)),
      }),
      typeDeletion(part, this.types),
    ];
  }

  #list(): RouteDeclaration[] {
    return [
      route({
        operationId: 'getTemplatesListOfEmailTemplateTypeV1',
        method: 'get',
        path: `${one}/templates`,
        access: { scopes: scopes.view },
        cors: true,
        summary: 'E-mail templates of a type',
        query: templatesQuery,
        response: z.array(placeAnswer),
        status: 200,
        handle: async ({ query, request }) => {
          const all = partOf(await this.templates.list(typeIn(part, request)), query, localeOfTemplate);
          return all.map((found) => addressOf(request, found.locale));
        },
      }),
      route({
        operationId: 'addEmailTemplateV1',
        method: 'post',
        path: one,
        access: { scopes: scopes.create },
        cors: true,
        summary: 'Add an e-mail template in a further language',
        body: jsonBody(template),
        response: placeAnswer,
        status: 201,
        handle: async ({ body, request }) => {
          await this.templates.add(typeIn(part, request), asTemplate(body));
          const json = addressOf(request, body.id);
          return reply({ status: 201, headers: { Location: request.origin + json.self }, json });
        },
      }),
    ];
  }

  #single(): RouteDeclaration[] {
    const single = { path: `${one}/templates/:locale`, cors: true } as const;
    return [
      route({
        ...single,
        operationId: 'getEmailTemplateV1',
        method: 'get',
        access: { scopes: scopes.view },
        summary: 'An e-mail template',
        query: templatesQuery,
        response: templateAnswer,
        status: 200,
        handle: async ({ request }) => shown(await this.templates.one(typeIn(part, request), localeIn(request))),
      }),
      route({
        ...single,
        operationId: 'updateEmailTemplateV1',
        method: 'put',
        access: { scopes: scopes.update },
        summary: 'Replace an e-mail template',
        body: jsonBody(replacement),
        status: 200,
        handle: async ({ body: { id, ...text }, request }) => {
          const wanted = localeIn(request);
          if (id !== undefined && id !== wanted)
            throw templateErrors.invalid(`id: a template cannot change its locale; the path says ${wanted}.`);
          await this.templates.replace(typeIn(part, request), wanted, text);
        },
      }),
      route({
        ...single,
        operationId: 'deleteEmailTemplateV1',
        method: 'delete',
        access: { scopes: scopes.delete },
        summary: 'Remove an e-mail template of the organization; what it stood over counts again',
        status: 204,
        handle: ({ request }) => this.templates.delete(typeIn(part, request), localeIn(request)),
      }),
    ];
  }
}

function placeOf(request: HttpRequest, name: string) {
  const id = typeIdOf(name);
  return { id, displayName: name, self: selfOf(request, part, id) };
}

function addressOf(request: HttpRequest, id: string) {
  const type = typeIdOf(typeIn(part, request).name);
  return { id, self: `${selfOf(request, part, type)}/templates/${id}` };
}
