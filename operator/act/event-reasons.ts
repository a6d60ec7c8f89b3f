/** The reasons of the events that the operator writes, each with what it means; README.md shows this table. */
export const EVENT_REASONS = {
  Placed: 'Replicas were given a place, or more of them.',
  MoveStarted: 'A move began; the note says why, from where and to where.',
  MoveFinished: 'The move is done; what it left behind is gone.',
  EvacuationStarted: 'The replicas of a member that is down are being replaced elsewhere.',
  EvacuationFinished: 'All replaced replicas are ready.',
  EvacuationHeld: 'A member is down and nothing has room for its replicas: they are held in place until something has.',
  Unplaced: 'Some units have no place; the note names the rules that stand in the way.',
  RulesRelaxed: 'A rule that bends last was bent, because units would have had no place otherwise.',
  MemberHealthy: 'Every signal of the member is good again.',
  MemberSuspect: 'A signal failed or slowed: nothing new goes there, nothing moves.',
  MemberControlPlaneLost: 'Its API is unreachable and it still serves: nothing moves.',
  MemberDegraded: 'It lost nodes: lost replicas are replaced elsewhere.',
  MemberDown: 'It is taken for lost: its replicas are replaced elsewhere.',
  MemberRecovering: 'Signals are back: serving copies are compared before anything is deleted.',
} as const;

export type EventReason = keyof typeof EVENT_REASONS;
