import { z } from 'zod';
import { parseFilter } from '#core/http';
import type { ConsentElementEntity } from './consent.entities.js';
import type { NewConsentedPurpose } from './consent-creation.js';
import { consentErrors } from './consent-errors.js';
import type { ConsentQuery } from './consent-query.js';
import type { DescribedConsent } from './consent-record.service.js';
import { authorizationStateAt, CONSENT_STATES } from './consent-state.js';
import { freeProperties, nameUpTo, textUpTo } from './consent-texts.js';
import { cursorQuery } from './cursor-page.js';

/** Body members of a consent that is given, common to administrators and users. */
export const givenConsent = {
  serviceId: nameUpTo(255),
  language: nameUpTo(20).optional(),
  purposes: z
    .array(z.object({ id: z.string(), elements: z.array(z.object({ id: z.string() })).max(200) }))
    .min(1)
    .max(100),
  state: z.enum(['ACTIVE', 'REJECTED']).default('ACTIVE'),
  expiryTime: z.int().min(0).nullish(),
  properties: freeProperties.nullish(),
};

/** A decision of somebody who authorizes. */
export const decision = z.object({ state: z.enum(['APPROVED', 'REJECTED']).default('APPROVED') });

/** Query of a list of consents. */
export const consentsQuery = {
  serviceId: textUpTo(255).optional(),
  state: z.enum(CONSENT_STATES).optional(),
  purposeId: textUpTo(255).optional(),
  purposeVersionId: textUpTo(255).optional(),
  filter: z.string().optional().describe('properties.region eq EU'),
  ...cursorQuery,
};

const stateText = z.enum(CONSENT_STATES);
const expiryTime = z.int().nullable();

/** A consent in a list. */
export const summaryAnswer = z.object({
  id: z.string(),
  subjectId: z.string(),
  serviceId: z.string(),
  state: stateText,
  timestamp: z.int(),
  expiryTime,
});

/** A consent. */
export const consentAnswer = z.object({
  ...summaryAnswer.shape,
  language: z.string().optional(),
  purposes: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      type: z.string(),
      versionId: z.string(),
      version: z.string(),
      elements: z.array(z.object({ id: z.string(), name: z.string(), displayName: z.string().optional() })),
      properties: z.record(z.string(), z.string()).nullable(),
    }),
  ),
  authorizations: z.array(z.object({ userId: z.string(), state: z.string(), updatedTime: z.int() })),
  properties: z.record(z.string(), z.string()).nullable(),
});

/** State of a consent. */
export const stateAnswer = z.object({ state: stateText, expiryTime });

/** What is consented to, for all purposes of one service. */
export function consentedPurposes(
  serviceId: string,
  purposes: readonly Pick<NewConsentedPurpose, 'id' | 'elements'>[],
): readonly NewConsentedPurpose[] {
  return purposes.map(({ id, elements }) => ({ id, elements, serviceId }));
}

/** Which consents a query asks for. @throws ApiError CMT-60002 for a bad filter */
export function wantedConsents(query: {
  readonly serviceId?: string | undefined;
  readonly state?: ConsentQuery['state'];
  readonly purposeId?: string | undefined;
  readonly purposeVersionId?: string | undefined;
  readonly filter?: string | undefined;
}): ConsentQuery {
  const { serviceId, state, purposeId, purposeVersionId: versionId } = query;
  return { serviceId, state, purposeId, versionId, filter: filterOf(query.filter, ['properties.*']) };
}

/** A filter of a list; undefined when there is none. @throws ApiError CMT-60002 */
export function filterOf(text: string | undefined, attributes: readonly string[]) {
  return text === undefined ? undefined : parseFilter(text, attributes, consentErrors.filter);
}

/** A consent in a list. */
export function summaryOf({
  record,
  state,
}: Pick<DescribedConsent, 'record' | 'state'>): z.input<typeof summaryAnswer> {
  const { id, subjectName: subjectId, serviceId, givenAt: timestamp, expiresAt } = record;
  return { id, subjectId, serviceId, state, timestamp, expiryTime: expiresAt };
}

/** A consent. */
export function consentOf(consent: DescribedConsent): z.input<typeof consentAnswer> {
  const { record, state, purposes, authorizations, properties } = consent;
  return {
    ...summaryOf(consent),
    ...(record.language === null ? {} : { language: record.language }),
    purposes: purposes.map(({ purpose, version, elements }) => ({
      id: purpose.id,
      name: purpose.name,
      type: purpose.type,
      versionId: version.id,
      version: version.label,
      elements: elements.map(({ element }) => elementReference(element)),
      properties: version.properties,
    })),
    authorizations: authorizations.map(({ userName: userId, state: decided, updatedAt: updatedTime }) => {
      return { userId, state: authorizationStateAt(decided, state), updatedTime };
    }),
    properties,
  };
}

function elementReference({ id, name, displayName }: ConsentElementEntity) {
  return { id, name, ...(displayName === null ? {} : { displayName }) };
}
