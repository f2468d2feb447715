import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { type HttpRequest, type RouteDeclaration, type RouteTable, reply, route } from '#core/http';
import { renderSenderError } from '../errors.js';
import type { Channel } from '../provider.js';
import type { Sender } from './sender.js';
import { SenderService } from './sender.service.js';
import { SenderChecks } from './sender-checks.js';
import { emailV1, emailV2, type SenderShape, smsV1, smsV2 } from './sender-shapes.js';

const view = { access: { scopes: ['internal_config_mgt_view'] }, cors: true } as const;
const add = { access: { scopes: ['internal_config_mgt_add'] }, cors: true } as const;
const update = { access: { scopes: ['internal_config_mgt_update'] }, cors: true } as const;
const remove = { access: { scopes: ['internal_config_mgt_delete'] }, cors: true } as const;

/** Senders of one channel in one version of the API. */
interface Part {
  readonly channel: Channel;
  /** `Email`, `SMS`: part of the operation ids. */
  readonly word: string;
  readonly path: string;
  readonly shape: SenderShape;
  readonly shown: (sender: Sender) => unknown;
  /** What ends the operation ids of this version. */
  readonly suffix: string;
}

/** `/api/server/{v1,v2}/notification-senders`. */
@injectable()
export class SenderRoutes {
  constructor(
    @inject(SenderService) private readonly senders: SenderService,
    @inject(SenderChecks) private readonly checks: SenderChecks,
  ) {}

  /** Both versions. What one has made, the other shows too. */
  tables(): readonly RouteTable[] {
    return [this.#table('v1', emailV1, smsV1), this.#table('v2', emailV2, smsV2)];
  }

  #table(version: 'v1' | 'v2', email: SenderShape, sms: SenderShape): RouteTable {
    const part = (channel: Channel, word: string, shape: SenderShape): Part => ({
      channel,
      word,
      path: `/notification-senders/${channel.toLowerCase()}`,
      shape,
      shown: (sender) => shape.show(sender, this.checks.provider(channel, sender.provider)),
      suffix: version === 'v1' ? 'V1' : '',
    });
    return {
      name: `notification-senders-${version}`,
      base: `/api/server/${version}`,
      errors: renderSenderError,
      routes: [part('EMAIL', 'Email', email), part('SMS', 'SMS', sms)].flatMap((one) => this.#routes(one)),
    };
  }

  #routes(part: Part): RouteDeclaration[] {
    return [...this.#collection(part), ...this.#single(part)];
  }

  #collection({ channel, word, path, shape, shown, suffix }: Part): RouteDeclaration[] {
    return [
      route({
        ...view,
        operationId: `get${word}Senders${suffix}`,
        method: 'get',
        path,
        summary: `${word} senders, the oldest first`,
        response: z.array(shape.answer),
        status: 200,
        handle: async ({ request }) => (await this.senders.list(request.organization.id, channel)).map(shown),
      }),
      route({
        ...add,
        operationId: `create${word}Sender${suffix}`,
        method: 'post',
        path,
        summary: `Add an ${word} sender`,
        body: shape.body,
        response: shape.answer,
        status: 201,
        handle: async ({ body, request }) => {
          const made = await this.senders.add(request.organization.id, body);
          const headers = { Location: `${request.baseUrl}${request.path}/${encodeURIComponent(made.name)}` };
          return reply({ status: 201, headers, json: shape.answer.parse(shown(made)) });
        },
      }),
    ];
  }

  #single({ channel, word, path, shape, shown, suffix }: Part): RouteDeclaration[] {
    const named = ({ organization, params }: HttpRequest) => [organization.id, params['senderName'] ?? ''] as const;
    const one = { path: `${path}/:senderName` };
    return [
      route({
        ...view,
        ...one,
        operationId: `get${word}Sender${suffix}`,
        method: 'get',
        summary: `An ${word} sender; secrets are not shown`,
        response: shape.answer,
        status: 200,
        handle: async ({ request }) => {
          const [orgId, name] = named(request);
          return shown(await this.senders.get(orgId, channel, name));
        },
      }),
      route({
        ...update,
        ...one,
        operationId: `update${word}Sender${suffix}`,
        method: 'put',
        summary: `Replace an ${word} sender, secrets included`,
        body: shape.body,
        response: shape.answer,
        status: 200,
        handle: async ({ body, request }) => shown(await this.senders.replace(...named(request), body)),
      }),
      route({
        ...remove,
        ...one,
        operationId: `delete${word}Sender${suffix}`,
        method: 'delete',
        summary: `Remove an ${word} sender`,
        status: 204,
        handle: async ({ request }) => {
          const [orgId, name] = named(request);
          await this.senders.delete(orgId, channel, name);
        },
      }),
    ];
  }
}
