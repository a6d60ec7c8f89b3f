/** Which offerings of a finished plan still have room for a replica of some size: asked once for all workloads alike. */
import type { Instant } from '../../model/units.ts';
import { isOpenable } from './filters.ts';
import { backoffOf, type OfferingSite } from './offering-site.ts';
import type { PlanState } from './plan-state.ts';
import type { Admission } from './rejections.ts';

export interface Survey {
  readonly full: readonly OfferingSite[];
  /** Full as well, and nodes would be opened there if launches had not failed. */
  readonly waiting: readonly OfferingSite[];
  readonly roomy: readonly OfferingSite[];
}

export class RoomSurvey {
  private readonly state: PlanState;
  private readonly at: Instant;
  private readonly known = new Map<Admission, Map<number, Survey>>();

  constructor(state: PlanState, at: Instant) {
    this.state = state;
    this.at = at;
  }

  /** The open offerings by whether a node has `count` accelerators left, what the workload itself has there set aside. */
  survey(admission: Admission, count: number): Survey {
    let sizes = this.known.get(admission);
    if (!sizes) this.known.set(admission, (sizes = new Map<number, Survey>()));
    let survey = sizes.get(count);
    if (!survey) {
      const fates = Map.groupBy(admission.open, (site) => this.fateOf(site, count));
      survey = { full: fates.get('full') ?? [], waiting: fates.get('waiting') ?? [], roomy: fates.get('roomy') ?? [] };
      sizes.set(count, survey);
    }
    return survey;
  }

  private fateOf(site: OfferingSite, count: number): keyof Survey {
    if (this.state.roomFor(site.index, count) > 0) return 'roomy';
    return isOpenable(site, count) && backoffOf(site.offering, this.at) !== null ? 'waiting' : 'full';
  }
}
