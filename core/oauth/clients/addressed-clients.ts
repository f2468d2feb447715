import { inject, injectable } from 'tsyringe';
import { type ApplicationService, ApplicationServiceToken, applicationErrors, found } from '#core/applications';
import type { HttpRequest } from '#core/http';
import type { ClientEntity } from './client.entity.js';
import { type ClientService, ClientServiceToken } from './client.service.js';

/** The client of the application that the path of a request names. */
@injectable()
export class AddressedClients {
  constructor(
    @inject(ApplicationServiceToken) private readonly applications: ApplicationService,
    @inject(ClientServiceToken) private readonly clients: ClientService,
  ) {}

  /** The client. Throws ApiError: APP-60006 for no such application, APP-60502 for one without a client. */
  async find(request: HttpRequest): Promise<ClientEntity> {
    const { id, orgId } = found(await this.applications.find(request.organization.id, idOf(request)), request);
    return configured(await this.clients.ofApplication(orgId, id), id);
  }

  /** Runs `work` on the client as one unit during which nobody else changes it. Throws as {@link find}. */
  async changing<T>(request: HttpRequest, work: (client: ClientEntity) => Promise<T>): Promise<T> {
    const { id: orgId } = request.organization;
    const done = await this.applications.changing(orgId, idOf(request), async ({ id }) => ({
      result: await work(configured(await this.clients.ofApplication(orgId, id), id)),
    }));
    return found(done, request).result;
  }
}

const idOf = ({ params }: HttpRequest) => params['applicationId'] as string;

function configured(client: ClientEntity | undefined, id: string): ClientEntity {
  if (!client) throw applicationErrors.protocolNotConfigured('oidc', id);
  return client;
}
