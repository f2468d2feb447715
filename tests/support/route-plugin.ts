import { pluginFolder } from './kernels.js';

/**
 * A plugin with routes below `/fixture`, for tests of the way of a request. `/slow` answers when the test calls
 * `globalThis.fixtureRelease()`. Whoever sends `x-fixture-org` is a user of that organization.
 */
export const routePlugin = (): string =>
  pluginFolder(
    `{ id: 'fixture.routes', requires: ['core.http'], setup: ({ contribute }) => {
  const errors = apiErrors('FIX');
  contribute(PassportStrategies, 'fixture', { authenticate(message) {
    const orgId = message.headers['x-fixture-org'];
    if (orgId) this.success({ type: 'User', id: 'fixture', orgId, name: 'fixture', scopes: new Set(['internal_fixture_view']) });
    else this.fail();
  } });
  const plain = (method, path, more) => ({ operationId: method + path, method, path, access: 'public', summary: 'Fixture', ...more });
  contribute(Routes, 'fixture', { name: 'fixture', base: '/fixture', errors, routes: [
    plain('get', '/hello', { handle: (r) => ({ status: 200, json: { path: r.path, org: r.organization.handle, base: r.baseUrl, ip: r.ip } }) }),
    plain('get', '/hot', { hot: true, handle: () => ({ status: 200, text: 'hot' }) }),
    plain('post', '/echo', { cors: true, handle: (r) => ({ status: 200, json: { body: r.body, form: [...r.form] } }) }),
    plain('post', '/hot-echo', { hot: true, handle: (r) => ({ status: 200, json: { length: r.body.length } }) }),
    plain('get', '/items/:id', { cors: true, handle: (r) => ({ status: 200, json: r.params }) }),
    plain('get', '/fault', { handle: () => { throw new Error('private detail'); } }),
    plain('get', '/hot-fault', { hot: true, handle: () => Promise.reject(new Error('private detail')) }),
    plain('get', '/page', { handle: (r) => ({ status: 200, html: '<p>' + r.nonce + '</p>', cookies: [{ name: 'c', value: 'v' }] }) }),
    plain('get', '/redirect', { handle: () => ({ status: 302, redirect: '/fixture/hello' }) }),
    plain('post', '/credentials', { credentials: true, handle: () => ({ status: 204 }) }),
    plain('get', '/mine', { access: 'authenticated', handle: (r) => ({ status: 200, json: { name: r.principal.name } }) }),
    plain('get', '/admin', { access: { scopes: ['internal_fixture_view'] }, handle: () => ({ status: 200, json: {} }) }),
    plain('get', '/slow', { handle: () => new Promise((resolve) => { globalThis.fixtureRelease = () => resolve({ status: 200, text: 'late' }); }) }),
  ] });
} }`,
    "import { PassportStrategies, Routes, apiErrors } from 'gatehouse/http';",
  );
