import type { AddressByLanguage, ClientFace } from '#core/oauth';
import type { Texts } from './catalogue.js';

/** What templates show of an application beside its name. */
export interface FaceView {
  readonly application: string;
  /** Its picture, and what stands in its place where it cannot be shown; undefined: none. */
  readonly logo: { readonly address: string; readonly alt: string } | undefined;
  /** Stands for an application without a picture. */
  readonly monogram: string;
  readonly links: readonly { readonly address: string; readonly label: string }[];
}

/** Pages of this portal that show an application, and where their pictures come from. */
export interface FacedPage {
  readonly face: FaceView;
  /** For the policy of the page: the origin of the picture, and nothing else. */
  readonly imageSources: readonly string[];
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3})$/;

/** Chooses in the language of a page what may be shown of what an application says of itself. */
export function facedPage(face: ClientFace, application: string, texts: Texts): FacedPage {
  const { language, t } = texts;
  const logo = pictureOf(inLanguage(face.logo, language));
  const links = (['home', 'policy', 'terms'] as const).flatMap((kind) => {
    const address = webAddress(inLanguage(face[kind], language));
    return address === undefined ? [] : [{ address, label: t(`application.${kind}`) }];
  });
  return {
    face: {
      application,
      logo: logo && { address: logo.href, alt: t('application.logo', { application }) },
      monogram: ([...application.trim()][0] ?? '?').toUpperCase(),
      links,
    },
    imageSources: logo ? [logo.origin] : [],
  };
}

/** The address for a language: for it exactly, else for a part of the world that speaks it, else for all. */
function inLanguage(addresses: AddressByLanguage, language: string): string | undefined {
  const regional = Object.keys(addresses).find((tag) => tag.startsWith(`${language}-`));
  return addresses[language] ?? (regional === undefined ? undefined : addresses[regional]) ?? addresses[''];
}

/** An address that may become a link: never `javascript:` or the like. */
function webAddress(text: string | undefined): string | undefined {
  if (text === undefined || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const { href, username, password } = new URL(text);
  return username === '' && password === '' ? href : undefined;
}

/** An address that may become a picture: encrypted or of this machine, of a host that the policy can name alone. */
function pictureOf(text: string | undefined): URL | undefined {
  const address = webAddress(text);
  if (address === undefined) return undefined;
  const url = new URL(address);
  const isSafe = url.protocol === 'https:' || LOOPBACK.test(url.hostname);
  return isSafe && /^[\w.-]+$/.test(url.hostname) ? url : undefined;
}
