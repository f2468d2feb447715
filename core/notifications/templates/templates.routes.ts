import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { type HttpRequest, type RouteDeclaration, type RouteTable, reply, route } from '#core/http';
import { renderTemplateError, templateErrors } from '../errors.js';
import { CHANNELS } from '../provider.js';
import { type Template, type TemplateType, typeIdOf, typeNameOf } from './template.js';
import { TemplateService, type TypeOf } from './template.service.js';
import { appIn, localeIn, selfOf, typeIn } from './template-addresses.js';
import { listQuery, partOf } from './template-lists.js';
import {
  BASE,
  emailV2,
  listAnswer,
  locale,
  type Part,
  parts,
  resetBody,
  resolveQuery,
  typeAnswer,
  typeBody,
} from './template-requests.js';

/** `/api/server/v1/notification/{email,sms}/template-types`, and `/api/server/v2/email/template-types` as it was before. */
@injectable()
export class TemplateRoutes {
  constructor(@inject(TemplateService) private readonly templates: TemplateService) {}

  /** Both APIs. What one has made, the other shows too. */
  tables(): readonly RouteTable[] {
    const errors = renderTemplateError;
    const current = parts.flatMap((part) => [...this.#usual(part), ...this.#system(part)]);
    return [
      { name: 'notification-templates', base: BASE, errors, routes: [...current, this.#reset()] },
      { name: 'email-templates', base: emailV2.base, errors, routes: this.#usual(emailV2) },
    ];
  }

  #usual(part: Part): RouteDeclaration[] {
    const owners = [
      { owner: 'Org', below: '/org-templates' },
      { owner: 'App', below: '/app-templates/:appId' },
    ];
    const owned = owners.flatMap(({ owner, below }) => [
      ...this.#list(part, owner, below),
      ...this.#single(part, owner, below),
    ]);
    return [...this.#types(part), ...this.#type(part), ...owned];
  }

  #types(part: Part): RouteDeclaration[] {
    const { word, channel, path, scopes, suffix } = part;
    const shown = ({ name }: TemplateType, request: HttpRequest) => {
      const id = typeIdOf(name);
      return { id, displayName: name, self: selfOf(request, part, id) };
    };
    return [
      route({
        operationId: `getAll${word}TemplateTypes${suffix}`,
        method: 'get',
        path,
        access: { scopes: scopes.view },
        cors: true,
        summary: `${word} template types`,
        query: z.object(listQuery('displayName')),
        response: z.array(typeAnswer),
        status: 200,
        handle: async ({ query, request }) => {
          const all = await this.templates.types(request.organization.id, channel);
          return partOf(all, query, ({ name }) => name).map((type) => shown(type, request));
        },
      }),
      route({
        operationId: `add${word}TemplateType${suffix}`,
        method: 'post',
        path,
        access: { scopes: scopes.create },
        cors: true,
        summary: `Add a type of ${word} templates`,
        body: typeBody,
        response: typeAnswer,
        status: 201,
        handle: async ({ body, request }) => {
          const { id: orgId } = request.organization;
          const made = shown(await this.templates.addType({ orgId, channel, name: body.displayName }), request);
          return reply({ status: 201, headers: { Location: request.origin + made.self, self: made.self }, json: made });
        },
      }),
    ];
  }

  #type(part: Part): RouteDeclaration[] {
    const { word, path, scopes, suffix } = part;
    const one = { path: `${path}/:typeId`, cors: true } as const;
    return [
      route({
        ...one,
        operationId: `get${word}TemplateType${suffix}`,
        method: 'get',
        access: { scopes: scopes.view },
        summary: `A type of ${word} templates`,
        response: typeAnswer,
        status: 200,
        handle: async ({ request }) => {
          const found = await this.templates.findType(typeIn(part, request));
          if (!found) throw templateErrors.noSuchType(request.params['typeId'] ?? '');
          const id = typeIdOf(found.name);
          return { id, displayName: found.name, self: selfOf(request, part, id) };
        },
      }),
      typeDeletion(part, this.templates),
    ];
  }

  #list(part: Part, owner: string, below: string): RouteDeclaration[] {
    const { word, path, scopes, text, suffix } = part;
    const many = { path: `${path}/:typeId${below}`, cors: true } as const;
    const creation = z.intersection(text, z.object({ locale }));
    return [
      route({
        ...many,
        operationId: `getAll${owner}TemplatesOf${word}TemplateType${suffix}`,
        method: 'get',
        access: { scopes: scopes.view },
        summary: `${word} templates of a type`,
        query: resolveQuery.extend(listQuery('locale')),
        response: listAnswer,
        status: 200,
        handle: async ({ query, request }) => {
          const found = await this.templates.templates(typeIn(part, request), appIn(request), query.resolve);
          return listed(
            partOf(found, query, (one) => one.locale),
            request,
          );
        },
      }),
      route({
        ...many,
        operationId: `add${owner}${word}Template${suffix}`,
        method: 'post',
        access: { scopes: scopes.create },
        summary: `Add an ${word} template`,
        body: creation,
        response: listAnswer.element,
        status: 201,
        handle: async ({ body, request }) => {
          await this.templates.add(typeIn(part, request), appIn(request), body);
          const self = `${request.organization.prefix}${request.path}/${body.locale}`;
          return reply({
            status: 201,
            headers: { Location: request.origin + self },
            json: { locale: body.locale, self },
          });
        },
      }),
    ];
  }

  #single(part: Part, owner: string, below: string): RouteDeclaration[] {
    const { word, path, scopes, text, answer, suffix } = part;
    const one = { path: `${path}/:typeId${below}/:locale`, cors: true } as const;
    return [
      route({
        ...one,
        operationId: `get${owner}${word}Template${suffix}`,
        method: 'get',
        access: { scopes: scopes.view },
        summary: `An ${word} template`,
        query: resolveQuery,
        response: answer,
        status: 200,
        handle: async ({ query, request }) => {
          const type = typeIn(part, request);
          return chosen(await this.templates.templates(type, appIn(request), query.resolve), type, request);
        },
      }),
      route({
        ...one,
        operationId: `update${owner}${word}Template${suffix}`,
        method: 'put',
        access: { scopes: scopes.update },
        summary: `Replace an ${word} template`,
        body: text,
        status: 200,
        handle: async ({ body, request }) => {
          await this.templates.replace(typeIn(part, request), appIn(request), localeIn(request), body);
        },
      }),
      route({
        ...one,
        operationId: `delete${owner}${word}Template${suffix}`,
        method: 'delete',
        access: { scopes: scopes.delete },
        summary: `Remove an ${word} template; what it stood over counts again`,
        status: 204,
        handle: ({ request }) => this.templates.delete(typeIn(part, request), appIn(request), localeIn(request)),
      }),
    ];
  }

  #system(part: Part): RouteDeclaration[] {
    const { word, path, scopes, answer } = part;
    const common = { method: 'get', access: { scopes: scopes.view }, cors: true, status: 200 } as const;
    return [
      route({
        ...common,
        operationId: `getAllSystemTemplatesOf${word}TemplateType`,
        path: `${path}/:typeId/system-templates`,
        summary: `${word} templates of a type as they ship with the server`,
        response: listAnswer,
        handle: async ({ request }) => listed(await this.templates.systemTemplates(typeIn(part, request)), request),
      }),
      route({
        ...common,
        operationId: `getSystem${word}Template`,
        path: `${path}/:typeId/system-templates/:locale`,
        summary: `An ${word} template as it ships with the server`,
        response: answer,
        handle: async ({ request }) => {
          const type = typeIn(part, request);
          return chosen(await this.templates.systemTemplates(type), type, request);
        },
      }),
    ];
  }

  #reset(): RouteDeclaration {
    return route({
      operationId: 'resetTemplateType',
      method: 'post',
      path: '/notification/reset-template-type',
      access: { scopes: ['internal_template_mgt_delete'] },
      cors: true,
      summary: 'Delete everything that the organization and its applications have made of a type',
      body: resetBody,
      status: 204,
      handle: async ({ body, request }) => {
        const channel = CHANNELS.find((one) => one === body.channel.toUpperCase());
        if (!channel) throw templateErrors.channel(body.channel);
        const name = typeNameOf(body.templateTypeId);
        await this.templates.reset({ orgId: request.organization.id, channel, name });
      },
    });
  }
}

function listed(templates: readonly Template[], { organization, path }: HttpRequest) {
  return templates.map((one) => ({ locale: one.locale, self: `${organization.prefix}${path}/${one.locale}` }));
}

function chosen(templates: readonly Template[], type: TypeOf, request: HttpRequest): Template {
  const wanted = localeIn(request);
  const found = templates.find((one) => one.locale === wanted);
  if (!found) throw templateErrors.noSuchTemplate(type.name, wanted);
  return found;
}

/** The route that removes a template type; every API of templates has it. */
export function typeDeletion(part: Part, templates: TemplateService): RouteDeclaration {
  const { word, path, scopes, suffix } = part;
  return route({
    operationId: `delete${word}TemplateType${suffix}`,
    method: 'delete',
    path: `${path}/:typeId`,
    access: { scopes: scopes.delete },
    cors: true,
    summary: 'Remove a type that the organization has added, with all its templates',
    status: 204,
    handle: ({ request }) => templates.deleteType(typeIn(part, request)),
  });
}
