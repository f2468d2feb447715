import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { rendered } from '../../core/notifications/templates/rendering.js';
import { ShippedTemplates } from '../../core/notifications/templates/shipped-templates.js';
import { accessibilityFaults, launchChromium, overflow } from '../support/chromium.js';
import { root } from '../tools/support/fixture.js';

/** Set it to keep a picture of each mail. */
const pictures = process.env['GATEHOUSE_TEST_PICTURES'];

const config = join(root, 'config');
const usual: Readonly<Record<string, string>> = {
  'user-name': 'mia',
  'organization-name': 'Harbour Bookings',
  'binding-message': 'Pay 10 € to Harbour',
};
const long: Readonly<Record<string, string>> = {
  'user-name': 'mia.with-a-rather-long-name.and-another@subdomain.of.another.example.com',
  'organization-name': 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerk',
  'binding-message': 'R-'.padEnd(200, '0123456789'),
};

describe('mails that ship, in Chromium', function () {
  this.timeout(60_000);
  let chromium: Browser;
  let page: Page;
  const shipped = new ShippedTemplates(config);
  before(async () => {
    shipped.load();
    chromium = await launchChromium();
    // A telephone lays out a page that does not speak of its width as if the screen were much wider.
    const viewport = { width: 320, height: 640 };
    page = await chromium.newPage({ viewport, isMobile: true, deviceScaleFactor: 2 });
  });
  after(() => chromium?.close());

  const types = readdirSync(join(config, 'notifications/email')).map((file) => file.slice(0, -'.json'.length));
  for (const type of types)
    it(`${type} can be read on a telephone, whatever stands in it`, async () => {
      const templates = shipped.find('EMAIL', type)?.templates ?? [];
      expect(templates.map(({ locale }) => locale)).to.include.members(['en_US', 'de_DE']);
      for (const template of templates)
        for (const [kind, values] of [
          ['usual', usual],
          ['long', long],
        ] as const) {
          const name = `${type} ${template.locale} ${kind}`;
          const source = `${template.subject}${template.body}${template.footer}`;
          const asked = [...source.matchAll(/\{\{([\w-]+)\}\}/g)].map(([, key = '']) => [
            key,
            values[key] ?? `a-${key}`,
          ]);
          const { subject, body } = rendered(template, Object.fromEntries(asked));
          expect(subject + body, name).to.not.contain('{{');
          await page.setContent(body);
          if (pictures) await page.screenshot({ path: join(pictures, `mail-${name}.png`.replaceAll(' ', '-')) });
          expect(await page.evaluate('document.documentElement.clientWidth'), name).to.equal(320);
          expect(await overflow(page), name).to.equal(0);
          expect(await page.getAttribute('html', 'lang'), name).to.equal(template.locale.slice(0, 2));
          const best = ['landmark-one-main', 'region'];
          const faults = await accessibilityFaults(page);
          expect(
            faults.filter((fault) => !best.some((rule) => fault.startsWith(`${rule}:`))),
            name,
          ).to.deep.equal([]);
        }
    });

  it('the text message of CIBA says the same in both languages', () => {
    const file = join(config, 'notifications/sms/CIBASMSAuthenticationNotification.json');
    const texts = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, { body: string }>);
    const placeholders = texts.map(({ body }) => body.match(/\{\{[\w-]+\}\}/g)?.sort());
    expect(placeholders.length).to.be.greaterThan(1);
    for (const found of placeholders) expect(found).to.deep.equal(placeholders[0]);
  });
});
