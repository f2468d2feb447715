import { z } from 'zod';
import { apiErrors, jsonBody, type RouteTable, route } from '#core/http';
import type { ValidationRules } from './validation-rules.js';
import { VALIDATORS } from './validators.js';

const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const rules = z
  .array(
    z.object({
      validator: z.string().max(100),
      properties: z.array(z.object({ key: z.string().max(100), value })).max(20),
    }),
  )
  .max(20);
const ofField = z.object({ rules: rules.optional(), regEx: rules.optional() });
const withField = ofField.extend({ field: z.string().max(100) });
const shown = z.object({
  field: z.string(),
  ...Object.fromEntries(
    ['rules', 'regEx'].map((name) => [
      name,
      z
        .array(
          z.object({
            validator: z.string(),
            properties: z.array(z.object({ key: z.string(), value: z.string() })),
          }),
        )
        .optional(),
    ]),
  ),
});
const validators = z.array(
  z.object({
    type: z.enum(['RULE', 'REGEX']),
    name: z.string(),
    properties: z.array(
      z.object({
        name: z.string(),
        description: z.string(),
        displayName: z.string(),
        type: z.string(),
        displayOrder: z.int(),
      }),
    ),
  }),
);
const view = { access: 'authenticated', cors: true } as const;
const update = { access: { scopes: ['internal_config_update'] }, cors: true } as const;

/** `/api/server/v1/validation-rules`: what passwords and user names have to be like. */
export function validationRulesRoutes(service: ValidationRules): RouteTable {
  const all = (orgId: string) => Promise.all(service.fields.map((field) => service.of(orgId, field)));
  return {
    name: 'validation-rules',
    base: '/api/server/v1/validation-rules',
    errors: apiErrors('IVM'),
    routes: [
      route({
        ...view,
        operationId: 'getValidationRules',
        method: 'get',
        path: '',
        summary: 'What passwords and user names have to be like',
        response: z.array(shown),
        status: 200,
        handle: async ({ request }) => (await all(request.organization.id)) as never,
      }),
      route({
        ...update,
        operationId: 'updateValidationRules',
        method: 'put',
        path: '',
        summary: 'Decide what fields have to be like',
        body: jsonBody(z.array(withField).min(1).max(10)),
        response: z.array(shown),
        status: 200,
        async handle({ request: { organization }, body }) {
          await service.set(organization.id, body);
          return (await all(organization.id)) as never;
        },
      }),
      route({
        ...update,
        operationId: 'revertValidationRulesForFields',
        method: 'post',
        path: '/revert',
        summary: 'Back to what is usual, or holds in the organization above',
        body: jsonBody(z.object({ fields: z.array(z.string()).min(1).max(10) })),
        status: 200,
        handle: ({ request, body }) => service.revert(request.organization.id, body.fields),
      }),
      ...fieldRoutes(service),
    ],
  };
}

function fieldRoutes(service: ValidationRules): RouteTable['routes'] {
  return [
    route({
      ...view,
      operationId: 'getValidators',
      method: 'get',
      path: '/validators',
      summary: 'Validators that rules are made of',
      response: validators,
      status: 200,
      handle: () =>
        VALIDATORS.map(({ type, name, properties }) => ({
          type,
          name,
          properties: properties.map((one) => ({ ...one })),
        })),
    }),
    route({
      ...view,
      operationId: 'getValidationRulesForField',
      method: 'get',
      path: '/:field',
      summary: 'What a field has to be like',
      response: shown,
      status: 200,
      handle: async ({ request, params }) =>
        (await service.of(request.organization.id, params['field'] ?? '')) as never,
    }),
    route({
      ...update,
      operationId: 'updateValidationRulesForField',
      method: 'put',
      path: '/:field',
      summary: 'Decide what a field has to be like',
      body: jsonBody(ofField),
      response: shown,
      status: 200,
      async handle({ request: { organization }, params, body }) {
        const field = params['field'] ?? '';
        await service.set(organization.id, [{ ...body, field }]);
        return (await service.of(organization.id, field)) as never;
      },
    }),
  ];
}
