/** What `tradewind replay` answers: whether this program decides a recorded pass as it was decided then. */
import { formatInstant } from '../../api/parse-instant.ts';
import type { DecisionOutline, RecordedPass } from '../../decide/record/recorded-pass.ts';
import { replayPass } from '../../decide/record/replay-pass.ts';
import { plainTable } from './plan-table.ts';

interface OutlineAnswer {
  readonly placements: readonly { readonly offering: string; readonly replicas: number }[];
  readonly change: string | null;
  readonly unplacedUnits: number;
  readonly relaxed: readonly { readonly rule: string; readonly by: number }[];
}

export interface ReplayAnswer {
  readonly decidedAt: string;
  readonly decidedBy: string;
  readonly replayedBy: string;
  readonly same: boolean;
  readonly deployments: readonly {
    /** NAMESPACE/NAME. */
    readonly deployment: string;
    readonly same: boolean;
    readonly recorded: OutlineAnswer | null;
    readonly now: OutlineAnswer | null;
  }[];
}

export function replayAnswer(pass: RecordedPass, version: string): ReplayAnswer {
  const deployments = replayPass(pass).map(({ key, same, recorded, now }) => ({
    deployment: key,
    same,
    recorded: recorded && outlineAnswer(recorded),
    now: now && outlineAnswer(now),
  }));
  const same = deployments.every((it) => it.same);
  return { decidedAt: formatInstant(pass.at), decidedBy: pass.version, replayedBy: version, same, deployments };
}

const outlineAnswer = ({ places, change, unplaced, relaxed }: DecisionOutline): OutlineAnswer => ({
  placements: places.map(([offering, replicas]) => ({ offering, replicas })),
  change,
  unplacedUnits: unplaced / 1000,
  relaxed: relaxed.map(([rule, by]) => ({ rule, by })),
});

/** Those that differ first. */
export function replayTable({ decidedAt, decidedBy, replayedBy, deployments }: ReplayAnswer): string {
  const different = deployments.filter(({ same }) => !same);
  const rows = [...different, ...deployments.filter(({ same }) => same)].map(({ deployment, same, recorded, now }) => [
    deployment,
    same ? 'same' : 'different',
    words(recorded),
    same ? '' : words(now),
  ]);
  const outcome = different.length === 0 ? 'all as recorded' : `${different.length} not as recorded`;
  return [
    plainTable(['DEPLOYMENT', 'RESULT', 'RECORDED', 'NOW'], rows),
    `${deployments.length} deployments, ${outcome}. Decided ${decidedAt} by ${decidedBy}, replayed by ${replayedBy}.`,
  ].join('\n\n');
}

function words(outline: OutlineAnswer | null): string {
  if (outline === null) return 'no plan';
  const { placements, change, unplacedUnits, relaxed } = outline;
  const places = placements.map(({ offering, replicas }) => `${offering} x${replicas}`).join(', ') || 'nowhere';
  const rest = [
    change ?? '',
    unplacedUnits > 0 ? `${unplacedUnits} units unplaced` : '',
    ...relaxed.map(({ rule, by }) => `${rule} bent by ${by}`),
  ].filter((text) => text !== '');
  return rest.length === 0 ? places : `${places} (${rest.join('; ')})`;
}
