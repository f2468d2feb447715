import type { Placeholders, TemplateText } from './template.js';

/** A message as the recipient gets it, but for the address. */
export interface Rendered {
  readonly subject: string;
  readonly body: string;
  readonly contentType: string;
}

/** `{{name}}`, `{{url:name}}`. */
const pattern = /\{\{\s*(url:)?([\w.:/#-]{1,200})\s*\}\}/g;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const html = (value: string) => value.replace(/[&<>"']/g, (character) => entities[character] ?? '');
const asIs = (value: string) => value;

/** Puts values in, in one pass, so that a value is never taken for a template. What has no value becomes nothing. */
function filled(text: string, placeholders: Placeholders, escaped: (value: string) => string): string {
  return text.replace(pattern, (_, url: string | undefined, name: string) => {
    const value = Object.hasOwn(placeholders, name) ? (placeholders[name] ?? '') : '';
    return escaped(url ? encodeURIComponent(Buffer.from(value).toString()) : value);
  });
}

/** A text on one line: line breaks and control characters become spaces, so that it cannot end a header. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** The footer belongs into the document, not behind it. */
function withFooter(body: string, footer: string): string {
  if (footer === '') return body;
  const end = body.search(/<\/body\s*>(?![\s\S]*<\/body)/i);
  return end < 0 ? `${body}\n${footer}` : `${body.slice(0, end)}${footer}\n${body.slice(end)}`;
}

/** Whether the body is HTML. */
const isHtml = (contentType: string): boolean => /^text\/html\b/i.test(contentType);

/** Fills a template. Values are escaped for HTML where the template is HTML. */
export function rendered(template: TemplateText, placeholders: Placeholders): Rendered {
  const escaped = isHtml(template.contentType) ? html : asIs;
  return {
    subject: onOneLine(filled(template.subject, placeholders, asIs)),
    body: filled(withFooter(template.body, template.footer), placeholders, escaped),
    contentType: template.contentType,
  };
}
