/** An explanation for people. */
import type { CandidateAnswer, ExplainAnswer } from './explain-answer.ts';
import { plainTable } from './plan-table.ts';

const outcomeOf = ({ verdict, rule, replicas }: CandidateAnswer): string =>
  verdict === 'Chosen' ? `Chosen: ${replicas}` : verdict === 'Rejected' && rule !== null ? rule : verdict;

/** The decision in one sentence, how every offering fared, and the nearest flip. */
export function explainTable({ namespace, name, decidedAt, trigger, summary, nearestFlip, candidates }: ExplainAnswer) {
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
      ? 'No price alone would change this.'
      : `Nearest flip: ${nearestFlip.offering} ${nearestFlip.when}.`;
  const table = plainTable(['OFFERING', 'OUTCOME', '$/UNIT/H', 'WHY'], rows);
  return [`${namespace}/${name}${why}: ${summary}`, table, flip].join('\n\n');
}
