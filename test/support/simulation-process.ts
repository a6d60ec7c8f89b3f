/** What dies with the operator's process, and is made anew when it starts again. */
import { BeliefStore } from '../../operator/controllers/beliefs.ts';
import { WritePace } from '../../operator/controllers/judge-members.ts';
import { LaunchLearner } from '../../operator/controllers/learn-launches.ts';
import { OutlookMemo } from '../../operator/controllers/outlook-memo.ts';
import { instant, type Instant } from '../../operator/model/units.ts';

export interface Process {
  readonly startedAt: Instant;
  readonly beliefs: BeliefStore;
  readonly learn: LaunchLearner;
  readonly pace: WritePace;
  readonly outlooks: OutlookMemo;
}

export const newProcess = (now: Instant): Process => ({
  startedAt: instant(now),
  beliefs: new BeliefStore(now),
  learn: new LaunchLearner(),
  pace: new WritePace(),
  outlooks: new OutlookMemo(),
});
