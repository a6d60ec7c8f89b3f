/** An explanation for people. */
import type { CandidateAnswer, ExplainAnswer } from './explain-answer.ts';
import { describeMove } from './move-answer.ts';
import { plainTable } from './plan-table.ts';

const outcomeOf = ({ verdict, rule, replicas }: CandidateAnswer): string =>
  verdict === 'Chosen' ? `Chosen: ${replicas}` : verdict === 'Rejected' && rule !== null ? rule : verdict;

/** The decision in one sentence, the move under way, how every offering fared, and the nearest flip. */
export function explainTable(answer: ExplainAnswer): string {
  const { namespace, name, decidedAt, trigger, summary, move, nearestFlip, candidates } = answer;
  const when = decidedAt === null ? '' : `, decided ${decidedAt}`;
  const why = trigger === null ? '' : ` (${trigger}${when})`;
  const rows = candidates.map((it) => [
    `${it.cluster}/${it.pool}/${it.zone}`,
    outcomeOf(it),
    it.effectiveUSDPerUnit === null ? '-' : it.effectiveUSDPerUnit.toFixed(4),
    it.reason,
  ]);
  const flip =
    nearestFlip === null
      ? 'No lower price alone would change this.'
      : `Nearest flip: ${nearestFlip.offering} ${nearestFlip.when}.`;
  const table = plainTable(['OFFERING', 'OUTCOME', '$/UNIT/H', 'WHY'], rows);
  const moving = move === null ? [] : [describeMove(move)];
  return [`${namespace}/${name}${why}: ${summary}`, ...moving, table, flip].join('\n\n');
}
