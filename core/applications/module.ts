import { definePlugin } from '#core/kernel';
import { ApplicationEntity } from './application.entity.js';
import { ApplicationService, ApplicationServiceToken } from './application.service.js';
import { Application2026112100060 } from './migrations/0001-application.js';

export default definePlugin({
  id: 'core.applications',
  requires: ['core.access'],
  entities: [ApplicationEntity],
  migrations: [Application2026112100060],
  setup({ container }) {
    container.provide(ApplicationServiceToken, ApplicationService);
  },
});
