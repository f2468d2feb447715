import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { consoleIdOf } from '#core/access';
import {
  answer,
  apiErrors,
  type HttpRequest,
  type ListFilter,
  type Pagination,
  PaginationToken,
  parseFilter,
  type RouteDeclaration,
  type RouteTable,
  route,
} from '#core/http';
import type { Registry } from '#core/kernel';
import type { ApplicationEntity } from './application.entity.js';
import { type ApplicationService, ApplicationServiceToken } from './application.service.js';
import {
  APPLICATIONS,
  ApplicationAnswers,
  applicationAnswer,
  authenticatorsAnswer,
  creationAnswer,
  listAnswer,
  protocolsAnswer,
  requestedAttributes,
} from './application-answers.js';
import { creationBody, listQuery, patchBody, scriptBody } from './application-requests.js';
import { AuthorizedApiRoutes } from './authorized-apis.routes.js';
import { applicationErrors, found } from './errors.js';
import { type InboundProtocol, InboundProtocolRegistryToken } from './inbound-protocol.js';
import { parsedConfiguration } from './inbound-protocol.routes.js';
import { refuseReserved } from './reserved-names.js';
import { type SignInCatalogue, SignInCatalogueSourceToken } from './sign-in-catalogue.js';

/** Who may do what, by the scopes of the contract. */
const view = { access: { scopes: ['internal_application_mgt_view'] }, cors: true } as const;
const create = { access: { scopes: ['internal_application_mgt_create'] }, cors: true } as const;
const update = { access: { scopes: ['internal_application_mgt_update'] }, cors: true } as const;
const remove = { access: { scopes: ['internal_application_mgt_delete'] }, cors: true } as const;
const updateScript = { access: { scopes: ['internal_application_script_update'] }, cors: true } as const;

/** The application management API. */
@injectable()
export class ApplicationRoutes {
  constructor(
    @inject(ApplicationServiceToken) private readonly applications: ApplicationService,
    @inject(ApplicationAnswers) private readonly answers: ApplicationAnswers,
    @inject(InboundProtocolRegistryToken) private readonly protocols: Registry<InboundProtocol>,
    @inject(SignInCatalogueSourceToken) private readonly catalogue: () => SignInCatalogue,
    @inject(PaginationToken) private readonly pagination: Pagination,
    @inject(AuthorizedApiRoutes) private readonly authorizedApis: AuthorizedApiRoutes,
  ) {}

  /** All of its routes. */
  table(): RouteTable {
    return {
      name: 'applications',
      base: APPLICATIONS,
      errors: apiErrors('APP'),
      routes: [
        this.#list(),
        this.#create(),
        this.#get(),
        this.#patch(),
        this.#delete(),
        this.#authenticators(),
        this.#script(),
        this.#inbound(),
        this.#protocols(),
        ...this.authorizedApis.routes(),
      ],
    };
  }

  #list(): RouteDeclaration {
    return route({
      operationId: 'getAllApplications',
      method: 'get',
      path: '',
      ...view,
      summary: 'List applications',
      query: listQuery,
      response: listAnswer,
      status: 200,
      handle: async ({ query, request }) => {
        if (query.sortBy !== undefined || query.sortOrder !== undefined) throw applicationErrors.sorting();
        const { id: orgId } = request.organization;
        const asked = requestedAttributes(query.attributes);
        const page = this.pagination.page(query);
        const without = query.excludeSystemPortals === 'true' ? consoleIdOf(orgId) : undefined;
        const [found, total] = await this.applications.list(orgId, page, this.#filter(query.filter), without);
        const ids = found.map(({ id }) => id);
        const keys =
          asked.has('clientId') || asked.has('issuer') ? await this.applications.keysOf(orgId, ids) : undefined;
        const items = found.map((one) => this.answers.item(one, keys?.get(one.id) ?? {}, asked, request));
        return { ...this.pagination.describe(request, page, items.length, total), applications: items };
      },
    });
  }

  #create(): RouteDeclaration {
    return route({
      operationId: 'createApplication',
      method: 'post',
      path: '',
      ...create,
      summary: 'Add an application',
      query: z.object({ template: z.string().optional().describe('Not supported') }),
      body: creationBody,
      response: creationAnswer,
      status: 201,
      handle: async ({ query, body, request }) => {
        if (query.template !== undefined)
          throw applicationErrors.invalid(`There is no application template ${query.template}.`);
        const { name, inboundProtocolConfiguration, ...change } = body;
        refuseReserved(name, 'create');
        const wanted = this.#configurations(inboundProtocolConfiguration ?? {});
        for (const { protocol, configuration } of wanted) await protocol.check?.(configuration);
        const written: Record<string, unknown> = {};
        const application = await this.applications.create(request.organization.id, name, change, async (made) => {
          for (const { protocol, configuration } of wanted)
            written[protocol.id] = protocol.answer.parse((await protocol.write(made, configuration)).configuration);
        });
        const whole = await this.#whole(application, request);
        const value = wanted.length > 0 ? { ...whole, inboundProtocolConfiguration: written } : whole;
        return answer(value, { headers: { Location: `${request.baseUrl}${APPLICATIONS}/${application.id}` } });
      },
    });
  }

  #get(): RouteDeclaration {
    return route({
      operationId: 'getApplication',
      method: 'get',
      path: '/:applicationId',
      ...view,
      summary: 'Retrieve an application',
      response: applicationAnswer,
      status: 200,
      handle: async ({ request }) => this.#whole(await this.#existing(request), request),
    });
  }

  #patch(): RouteDeclaration {
    return route({
      operationId: 'patchApplication',
      method: 'patch',
      path: '/:applicationId',
      ...update,
      summary: 'Change an application',
      body: patchBody,
      status: 200,
      handle: async ({ body, params, request }) => {
        const application = await this.#existing(request);
        const { isManagementApp: _, isB2BSelfServiceApp: __, ...change } = body;
        const { name } = change;
        if (name !== undefined && name !== application.name) refuseReserved(name, 'rename');
        const id = params['applicationId'] as string;
        found(await this.applications.update(request.organization.id, id, change), request);
      },
    });
  }

  #delete(): RouteDeclaration {
    return route({
      operationId: 'deleteApplication',
      method: 'delete',
      path: '/:applicationId',
      ...remove,
      summary: 'Delete an application; that there is none is no error',
      status: 204,
      handle: async ({ params, request }) => {
        await this.applications.delete(request.organization.id, params['applicationId'] as string);
      },
    });
  }

  #authenticators(): RouteDeclaration {
    return route({
      operationId: 'getConfiguredAuthenticators',
      method: 'get',
      path: '/:applicationId/authenticators',
      ...view,
      summary: 'Authenticators of each step of an application',
      response: authenticatorsAnswer,
      status: 200,
      handle: async ({ request }) => {
        const { orgId, settings } = await this.#existing(request);
        const catalogue = this.catalogue();
        const { type, steps } = settings.authenticationSequence;
        return Promise.all(
          (type === 'DEFAULT' ? catalogue.defaultSteps : steps).map(async ({ id, options }) => {
            const named = options.map(async (option) => {
              const known = await catalogue.find(orgId, option);
              const displayName = 'problem' in known ? option.authenticator : known.displayName;
              return {
                local: option.idp === 'LOCAL',
                name: option.idp === 'LOCAL' ? displayName : option.idp,
                type: option.authenticator,
              };
            });
            const all = await Promise.all(named);
            return {
              stepId: id,
              localAuthenticators: all.filter(({ local }) => local),
              federatedAuthenticators: all.filter(({ local }) => !local),
            };
          }),
        );
      },
    });
  }

  #script(): RouteDeclaration {
    return route({
      operationId: 'updateAuthenticationScript',
      method: 'put',
      path: '/:applicationId/authenticationSequence/script',
      ...updateScript,
      summary: 'Change the sign-in script of an application; a blank one leaves it as it is',
      body: scriptBody,
      status: 200,
      handle: async ({ body, params, request }) => {
        const id = params['applicationId'] as string;
        const change = ({ settings }: ApplicationEntity) => {
          const { authenticationSequence } = settings;
          if (authenticationSequence.type === 'DEFAULT')
            throw applicationErrors.invalid('A script needs an authentication sequence of the type USER_DEFINED.');
          return { authenticationSequence: { ...authenticationSequence, script: body.script } };
        };
        found(await this.applications.update(request.organization.id, id, change), request);
      },
    });
  }

  #inbound(): RouteDeclaration {
    return route({
      operationId: 'getInboundAuthenticationConfigurations',
      method: 'get',
      path: '/:applicationId/inbound-protocols/',
      ...view,
      summary: 'Inbound protocols of an application',
      response: protocolsAnswer,
      status: 200,
      handle: async ({ request }) => {
        const application = await this.#existing(request);
        return this.answers.inbound(application, await this.#keysOf(application), request);
      },
    });
  }

  #protocols(): RouteDeclaration {
    return route({
      operationId: 'getInboundProtocols',
      method: 'get',
      path: '/meta/inbound-protocols',
      ...view,
      summary: 'Inbound protocols of this server',
      query: z.object({ customOnly: z.enum(['true', 'false']).optional() }),
      response: z.array(z.object({ name: z.string(), displayName: z.string() })),
      status: 200,
      handle: ({ query }) => {
        const known = query.customOnly === 'true' ? [] : this.protocols.all();
        return known.map(({ id, displayName }) => ({ name: id, displayName }));
      },
    });
  }

  async #existing(request: HttpRequest): Promise<ApplicationEntity> {
    const { organization, params } = request;
    return found(await this.applications.find(organization.id, params['applicationId'] as string), request);
  }

  async #whole(application: ApplicationEntity, request: HttpRequest) {
    return this.answers.whole(application, await this.#keysOf(application), request);
  }

  async #keysOf({ orgId, id }: ApplicationEntity) {
    return (await this.applications.keysOf(orgId, [id])).get(id) ?? {};
  }

  #filter(text: string | undefined): ListFilter | undefined {
    if (text === undefined || text.trim() === '') return undefined;
    const attributes = ['name', ...this.protocols.all().map(({ key }) => key.attribute)];
    return parseFilter(text, attributes, applicationErrors.filter);
  }

  #configurations(given: Readonly<Record<string, unknown>>) {
    const entries = Object.entries(given).filter(([, value]) => !(Array.isArray(value) && value.length === 0));
    return entries.map(([id, value]) => {
      const protocol = this.protocols.find(id);
      if (!protocol) throw applicationErrors.unknownProtocol(id, this.protocols.ids());
      return { protocol, configuration: parsedConfiguration(protocol, value) };
    });
  }
}
