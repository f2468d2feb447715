import { AuthenticationEngineToken, AuthenticatorRegistryToken, LoginFlowToken } from '#core/authentication';
import { type RouteDeclaration, Routes } from '#core/http';
import { definePlugin } from '#core/kernel';
import { OAuthPagesToken } from '#core/oauth';
import { configSchema } from './config.js';
import { deviceRoutes } from './device-pages.js';
import { noticeRoutes, pageErrors } from './notice-pages.js';
import { oauthRoutes } from './oauth-pages.js';
import { PageRenderer } from './page-renderer.js';
import { assetRoute } from './portal-assets.js';
import { otherPromptRoute, promptRoutes } from './prompt-pages.js';

export default definePlugin({
  id: 'portal.login',
  requires: ['core.authentication', 'core.oauth'],
  configPath: 'login_portal',
  configSchema,
  setup({ config, container, contribute }) {
    let loaded: PageRenderer | undefined;
    const renderer = () => {
      loaded ??= PageRenderer.load(config.product_name);
      return loaded;
    };
    const views = container.get(OAuthPagesToken);
    const parts = {
      flow: container.get(LoginFlowToken),
      engine: container.get(AuthenticationEngineToken),
      authenticators: container.get(AuthenticatorRegistryToken),
      applications: views,
      renderer,
    };
    const table = (routes: readonly RouteDeclaration[]) => ({
      name: 'login-portal',
      base: '/authenticationendpoint',
      errors: pageErrors(renderer),
      routes,
    });
    const oauth = [...oauthRoutes(views, renderer), ...deviceRoutes(views, renderer)];
    const pages = [...promptRoutes(parts), ...noticeRoutes(renderer), ...oauth];
    contribute(Routes, 'login-portal', table([...pages, assetRoute(() => renderer().assets)]));
    // Tables are mounted in the order of their ids: this one must not stand before pages of other plugins.
    contribute(Routes, 'login-portal-prompts', table([otherPromptRoute(parts)]));
    return { start: () => void renderer() };
  },
});
