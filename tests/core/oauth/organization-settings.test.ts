import { expect } from 'chai';
import { z } from 'zod';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import {
  type OrganizationOAuthSettings,
  OrganizationOAuthSettingsToken,
} from '../../../core/oauth/organization-settings/organization-oauth-settings.js';
import { OrganizationEntity } from '../../../core/organizations/organization.entity.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const CHILD = '0a0a0a0a-0000-4000-8000-000000000002';
const setting = { name: 'fixture', schema: z.object({ one: z.number().default(0), two: z.number().default(0) }) };

describe('what organizations set for OAuth', () => {
  let server: TestServer;
  let settings: OrganizationOAuthSettings;
  before(async () => {
    server = await startTestServer();
    settings = server.server.container.get(OrganizationOAuthSettingsToken);
    const database = server.server.container.get(DatabaseToken);
    const parent = await database.manager.findOneByOrFail(OrganizationEntity, { id: SUPER_ORGANIZATION.id });
    const place = { id: CHILD, handle: 'child.example', name: 'Child', parentId: parent.id, rootId: parent.id };
    await database.run(() => database.manager.insert(OrganizationEntity, { ...parent, ...place }));
  });
  after(() => server.stop());

  it('holds below them until they or those below set something else', async () => {
    expect(await settings.find(CHILD, setting)).to.deep.equal({ one: 0, two: 0 });
    await settings.change(SUPER_ORGANIZATION.id, setting, { one: 1, two: 1 });
    expect(await settings.find(CHILD, setting)).to.deep.equal({ one: 1, two: 1 });
    await settings.change(CHILD, setting, { two: 2 });
    expect(await settings.find(CHILD, setting)).to.deep.equal({ one: 1, two: 2 });
    await settings.change(SUPER_ORGANIZATION.id, setting, { one: 3 });
    expect(await settings.find(CHILD, setting)).to.deep.equal({ one: 3, two: 2 });
    await settings.remove(CHILD, setting);
    expect(await settings.find(CHILD, setting)).to.deep.equal({ one: 3, two: 1 });
  });

  it('is read with the defaults of whoever asks', async () => {
    const other = { name: setting.name, schema: z.object({ one: z.number(), three: z.number().default(9) }) };
    await settings.change(CHILD, setting, { one: 4 });
    expect(await settings.find(CHILD, setting)).to.deep.equal({ one: 4, two: 1 });
    expect(await settings.find(CHILD, other)).to.deep.equal({ one: 4, three: 9 });
    expect(await settings.find(CHILD, setting)).to.deep.equal({ one: 4, two: 1 });
  });
});
