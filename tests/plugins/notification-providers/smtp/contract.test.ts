import { notificationProviderContract } from '../../../contract/notification-provider.js';
import { peersAllowed } from '../../../core/notifications/notification-calls.js';
import { startMailServer } from '../../../support/mail-server.js';

notificationProviderContract({
  channel: 'EMAIL',
  type: 'SMTP',
  secret: 'mail-pass',
  async peer() {
    const mail = await startMailServer();
    return {
      toml: peersAllowed(mail.authorityFile),
      properties: { smtpServerHost: 'localhost', smtpPort: String(mail.port), fromAddress: 'no-reply@shop.example' },
      authentication: { type: 'BASIC', username: 'mailer', password: 'mail-pass' },
      received: () => mail.received.map((one) => ({ to: one.recipients[0] ?? '', text: one.mail.text ?? '' })),
      refuse: () => {
        mail.isBusy = true;
      },
      down: () => mail.down(),
      stop: () => mail.stop(),
    };
  },
});
