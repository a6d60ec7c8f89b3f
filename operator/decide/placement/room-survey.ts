/** Which offerings of a finished plan still have room for a replica of some size: asked once for all workloads alike. */
import type { OfferingSite } from './offering-site.ts';
import type { PlanState } from './plan-state.ts';
import type { Admission } from './rejections.ts';

export interface Survey {
  readonly full: readonly OfferingSite[];
  readonly roomy: readonly OfferingSite[];
}

export class RoomSurvey {
  private readonly state: PlanState;
  private readonly known = new Map<Admission, Map<number, Survey>>();

  constructor(state: PlanState) {
    this.state = state;
  }

  /** The open offerings by whether a node has `count` accelerators left, what the workload itself has there set aside. */
  survey(admission: Admission, count: number): Survey {
    let sizes = this.known.get(admission);
    if (!sizes) this.known.set(admission, (sizes = new Map<number, Survey>()));
    let survey = sizes.get(count);
    if (!survey) {
      const hasRoom = (site: OfferingSite): boolean => this.state.roomFor(site.index, count) > 0;
      survey = { full: admission.open.filter((site) => !hasRoom(site)), roomy: admission.open.filter(hasRoom) };
      sizes.set(count, survey);
    }
    return survey;
  }
}
