import { ApplicationServiceToken } from '#core/applications';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { ClientServiceToken } from '../../core/oauth/clients/client.service.js';
import { clientSettings } from '../../core/oauth/clients/client-model.js';
import type { TestServer } from './test-server.js';

/** An application with its OAuth side, as tests use it. */
export interface TestApplication {
  readonly id: string;
  readonly clientId: string;
  /** Empty for public clients. */
  readonly clientSecret: string;
}

/** Makes an application straight in the server, with settings in the words of the management API. */
export async function createApplication(
  { server }: TestServer,
  name: string,
  settings: Readonly<Record<string, unknown>>,
  client: Readonly<Record<string, unknown>>,
  orgId: string = SUPER_ORGANIZATION.id,
): Promise<TestApplication> {
  const clients = server.container.get(ClientServiceToken);
  let made: TestApplication | undefined;
  await server.container.get(ApplicationServiceToken).create(orgId, name, settings, async (application) => {
    const written = await clients.write(application, clientSettings.parse(client));
    made = { id: application.id, clientId: written.client.clientId, clientSecret: written.secret ?? '' };
  });
  return made as TestApplication;
}
