/** The reasons of the events that the operator writes, each with what it means; README.md shows this table. */
export const EVENT_REASONS = {
  Placed: 'Replicas were given a place, or more of them.',
  MoveStarted: 'A move began; the note says why, from where and to where.',
  MoveFinished: 'The move is done; what it left behind is gone.',
  MoveRolledBack: 'The move is given up and goes back to where it set out from; the note says why.',
  EvacuationStarted: 'The replicas of a member that is down are being replaced elsewhere.',
  EvacuationFinished: 'All replaced replicas are ready.',
  EvacuationHeld: 'A member is down and nothing has room for its replicas: they are held in place until something has.',
  Unplaced: 'Some units have no place; the note names the rules that stand in the way.',
  Shed: 'Replicas are given up for a more important deployment that lost a member; the note says for which.',
  RulesRelaxed: 'A rule that bends last was bent, because units would have had no place otherwise.',
  MemberHealthy: 'Every signal of the member is good again.',
  MemberSuspect: 'A signal failed or slowed: nothing new goes there, nothing moves.',
  MemberControlPlaneLost: 'Its API is unreachable and it still serves: nothing moves.',
  MemberDegraded: 'It lost nodes: lost replicas are replaced elsewhere.',
  MemberDown: 'It is taken for lost: its replicas are replaced elsewhere.',
  MemberRecovering: 'Signals are back: serving copies are compared before anything is deleted.',
  DrillAnnounced: 'A drill is about to begin; abort it now if this is a bad moment.',
  DrillAwaitsApproval: 'Every check of a drill has passed; a person has to approve it.',
  DrillInjected: 'The failure of a drill is in force from now on: what follows is rehearsed, not an outage.',
  DrillLifted: 'The failure of a drill is lifted; everything goes back to where the rules want it.',
  DrillAborted: 'A drill is stopped before its time; the note says why.',
  DrillSucceeded: 'A drill is over and met its objectives; the report says what was measured, and what was not tested.',
  DrillFailed: 'A drill is over and missed an objective, or the steady state was not restored.',
  DrillEnded: 'A drill is over without a result: aborted, interrupted, refused or inconclusive; the note says why.',
} as const;

export type EventReason = keyof typeof EVENT_REASONS;
