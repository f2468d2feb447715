import { z } from 'zod';
import type { DescribedConsent, DescribedPurpose } from './consent-record.service.js';
import { nameUpTo, textUpTo } from './consent-texts.js';

/** Version of the form of receipts. */
const RECEIPT_VERSION = 'KI-CR-v1.1.0';
const INDEFINITE = 'DATE_UNTIL:INDEFINITE';

/** A number by which version 1 knows things. */
export const number = z.int().min(1).max(2_147_483_647);

const category = z.object({ piiCategoryId: number, validity: textUpTo(255).optional() });
const purpose = z.object({
  purposeId: number,
  purposeCategoryId: z.array(number).max(50).default([]),
  consentType: textUpTo(255).optional(),
  piiCategory: z.array(category).max(200).default([]),
  primaryPurpose: z.boolean().optional(),
  termination: textUpTo(255).optional(),
  thirdPartyDisclosure: z.boolean().optional(),
  thirdPartyName: textUpTo(255).optional(),
});

/** A consent as version 1 takes it. */
export const receiptBody = z.object({
  services: z
    .array(
      z.object({
        service: nameUpTo(255),
        serviceDisplayName: textUpTo(255).optional(),
        serviceDescription: textUpTo(1024).optional(),
        purposes: z.array(purpose).min(1).max(50),
      }),
    )
    .min(1)
    .max(20),
  collectionMethod: textUpTo(255).optional(),
  jurisdiction: textUpTo(255).optional(),
  language: nameUpTo(20).optional(),
  policyURL: textUpTo(1024).optional(),
  policyUrl: textUpTo(1024).optional(),
  piiPrincipalId: nameUpTo(255).optional(),
  properties: z
    .array(z.object({ key: nameUpTo(255), value: textUpTo(1024) }))
    .max(50)
    .default([]),
});

/** A consent that was just given. */
export const givenAnswer = z.object({
  consentReceiptID: z.string(),
  collectionMethod: z.string().optional(),
  jurisdiction: z.string().optional(),
  language: z.string().optional(),
  piiPrincipalId: z.string(),
  tenantDomain: z.string(),
});

/** States of receipts. */
export const RECEIPT_STATES = ['ACTIVE', 'REVOKED'] as const;

/** A receipt in a list. */
export const listedAnswer = z.object({
  consentReceiptID: z.string(),
  language: z.string().optional(),
  piiPrincipalId: z.string(),
  tenantDomain: z.string(),
  state: z.enum(RECEIPT_STATES),
  service: z.string(),
});

/** A receipt. */
export const receiptAnswer = z.object({
  ...givenAnswer.shape,
  version: z.string(),
  collectionMethod: z.string(),
  jurisdiction: z.string(),
  consentTimestamp: z.int(),
  policyUrl: z.string(),
  /** The server knows of none; the form of receipts wants the member. */
  piiControllers: z.array(z.never()),
  state: z.enum(RECEIPT_STATES),
  sensitive: z.boolean(),
  spiCat: z.array(z.string()),
  services: z.array(
    z.object({
      service: z.string(),
      serviceDisplayName: z.string().optional(),
      serviceDescription: z.string().optional(),
      tenantDomain: z.string(),
      purposes: z.array(
        z.object({
          purposeId: z.int(),
          purpose: z.string(),
          purposeDescription: z.string().nullable(),
          purposeCategory: z.array(z.string()),
          purposeCategoryId: z.array(z.int()),
          consentType: z.string(),
          piiCategory: z.array(
            z.object({
              piiCategoryId: z.int(),
              piiCategoryName: z.string(),
              piiCategoryDisplayName: z.string().nullable(),
              validity: z.string(),
            }),
          ),
          primaryPurpose: z.boolean(),
          termination: z.string(),
          thirdPartyDisclosure: z.boolean(),
          thirdPartyName: z.string(),
        }),
      ),
    }),
  ),
});

/** State of a consent as version 1 knows it: what is no longer in force is revoked. */
export const receiptState = (state: DescribedConsent['state']): (typeof RECEIPT_STATES)[number] =>
  state === 'ACTIVE' ? 'ACTIVE' : 'REVOKED';

/** A consent as a receipt. */
export function receiptOf(consent: DescribedConsent, tenantDomain: string): z.input<typeof receiptAnswer> {
  const { record, purposes } = consent;
  const { id, givenAt, language, subjectName: piiPrincipalId, receipt } = record;
  const services = [...new Set(purposes.map(({ serviceId }) => serviceId))];
  const sensitive = purposes.flatMap(({ elements }) => elements).filter(({ element }) => element.sensitive === 1);
  return {
    consentReceiptID: id,
    version: RECEIPT_VERSION,
    collectionMethod: receipt?.collectionMethod ?? '',
    jurisdiction: receipt?.jurisdiction ?? '',
    policyUrl: receipt?.policyUrl ?? '',
    piiControllers: [],
    ...(language === null ? {} : { language }),
    piiPrincipalId,
    tenantDomain,
    consentTimestamp: givenAt,
    state: receiptState(consent.state),
    sensitive: sensitive.length > 0,
    spiCat: [...new Set(sensitive.map(({ element }) => element.name))],
    services: services.map((service) => {
      const own = purposes.filter(({ serviceId }) => serviceId === service);
      const { serviceDisplayName, serviceDescription } = own[0]?.receipt ?? {};
      return { service, serviceDisplayName, serviceDescription, tenantDomain, purposes: own.map(purposeOf) };
    }),
  };
}

function purposeOf({ purpose: { number: purposeId, name, description }, elements, receipt }: DescribedPurpose) {
  const { categories = [], consentType = 'EXPLICIT', primaryPurpose = true, thirdPartyName = '' } = receipt ?? {};
  return {
    purposeId,
    purpose: name,
    purposeDescription: description,
    purposeCategory: categories.map((one) => one.name),
    purposeCategoryId: categories.map((one) => one.number),
    consentType,
    piiCategory: elements.map(({ element, validity }) => ({
      piiCategoryId: element.number,
      piiCategoryName: element.name,
      piiCategoryDisplayName: element.displayName,
      validity: validity ?? INDEFINITE,
    })),
    primaryPurpose,
    termination: receipt?.termination ?? INDEFINITE,
    thirdPartyDisclosure: receipt?.thirdPartyDisclosure ?? false,
    thirdPartyName,
  };
}
