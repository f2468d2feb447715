import { inject, injectable } from 'tsyringe';
import { apiErrors, type RouteTable } from '#core/http';
import { ConsentElementRoutes, V2 } from './consent-elements.routes.js';
import { ConsentPurposeRoutes } from './consent-purposes.routes.js';
import { ConsentRoutes } from './consents.routes.js';
import { ConsentV1Routes } from './consents-v1.routes.js';
import { MyConsentRoutes } from './my-consents.routes.js';
import { PurposeVersionRoutes } from './purpose-versions.routes.js';

/** All consent APIs: both versions, and that of users. */
@injectable()
export class ConsentTables {
  constructor(
    @inject(ConsentElementRoutes) private readonly elements: ConsentElementRoutes,
    @inject(ConsentPurposeRoutes) private readonly purposes: ConsentPurposeRoutes,
    @inject(PurposeVersionRoutes) private readonly versions: PurposeVersionRoutes,
    @inject(ConsentRoutes) private readonly consents: ConsentRoutes,
    @inject(ConsentV1Routes) private readonly first: ConsentV1Routes,
    @inject(MyConsentRoutes) private readonly mine: MyConsentRoutes,
  ) {}

  /** Their routes. */
  tables(): readonly RouteTable[] {
    const parts = [this.elements, this.purposes, this.versions, this.consents];
    const routes = parts.flatMap((part) => part.routes());
    return [{ name: 'consents', base: V2, errors: apiErrors('CMT'), routes }, this.first.table(), this.mine.table()];
  }
}
