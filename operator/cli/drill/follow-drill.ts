/** Follows one drill on the hub until it is over, telling each status as it comes. */
import type { DrillOutcome } from '../../model/drill.ts';
import type { Clock } from '../../model/clock.ts';
import { failureCode, RetryableError } from '../../model/errors.ts';
import { seconds } from '../../model/units.ts';
import { FAILOVER_DRILLS } from '../../api/resources.ts';
import type { FailoverDrillStatus } from '../../api/wire-types.ts';
import type { KubeClient, KubeObject } from '../../kube/kube-client.ts';
import { findDrill } from './find-drill.ts';
import { progressOf, type ProgressLine } from './drill-progress.ts';

export interface Following {
  readonly client: Pick<KubeClient, 'get' | 'watch'>;
  readonly clock: Clock;
  readonly name: string;
  readonly onLine: (line: ProgressLine) => void;
}

/** A hub that is away for a while is asked again; a drill does not stop for it. */
const RETRY_DELAY = seconds(1);

/** Resolves to how it ended; rejects when there is no such drill (any more). */
export async function followDrill(following: Following, signal: AbortSignal): Promise<DrillOutcome> {
  const seen: { status: FailoverDrillStatus | null } = { status: null };
  for (;;) {
    try {
      const outcome = await followOnce(following, seen, signal);
      if (outcome !== null) return outcome;
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      await following.clock.sleep(RETRY_DELAY, signal);
    }
  }
}

/** Until the watch ends; null when the drill is not over by then. */
async function followOnce(
  { client, clock, name, onLine }: Following,
  seen: { status: FailoverDrillStatus | null },
  signal: AbortSignal,
): Promise<DrillOutcome | null> {
  const take = (object: KubeObject): DrillOutcome | null => {
    const status = (object['status'] ?? {}) as FailoverDrillStatus;
    const line = progressOf(seen.status, status, clock.now());
    // What is over is told once, when its report is there: that is written a moment later.
    const isOver = line?.outcome !== undefined && status.report !== undefined;
    if (line !== null && (line.outcome === undefined || isOver)) onLine(line);
    seen.status = status;
    return isOver ? (line.outcome ?? null) : null;
  };
  const object = await findDrill(client, name, signal);
  const ended = take(object);
  if (ended !== null) return ended;
  const { resourceVersion = '' } = object.metadata;
  const options = { fieldSelector: `metadata.name=${name}`, resourceVersion };
  try {
    for await (const event of client.watch(FAILOVER_DRILLS, options, signal)) {
      if (event.type === 'Bookmark') continue;
      const outcome = take(event.object);
      if (outcome !== null) return outcome;
      if (event.type === 'Deleted') throw new Error(`the drill ${name} was deleted before it was over`);
    }
  } catch (error) {
    if (failureCode(error) !== 'Gone') throw error;
  }
  return null;
}
