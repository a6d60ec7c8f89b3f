/** Every metric the operator exposes: its name, what it means, and its labels. README.md shows this table. */

/** A metric as Prometheus knows it. */
export interface MetricDefinition<Kind extends string, Label extends string> {
  readonly kind: Kind;
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
  /** Upper bounds of a histogram's buckets, in seconds. */
  readonly buckets?: readonly number[];
}

type Labels = readonly string[];

const counter = <const L extends Labels>(name: string, help: string, labels: L) =>
  ({ kind: 'counter', name, help, labels }) satisfies MetricDefinition<'counter', L[number]>;

const gauge = <const L extends Labels>(name: string, help: string, labels: L) =>
  ({ kind: 'gauge', name, help, labels }) satisfies MetricDefinition<'gauge', L[number]>;

/** From one millisecond to a minute: a reconcile, a queue wait, a request. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const histogram = <const L extends Labels>(name: string, help: string, labels: L) =>
  ({ kind: 'histogram', name, help, labels, buckets: LATENCY_BUCKETS }) satisfies MetricDefinition<
    'histogram',
    L[number]
  >;

/** The first group carries the names that controller-runtime gives them, so that its dashboards work unchanged. */
export const METRIC_DEFINITIONS = {
  reconcileTotal: counter(
    'controller_runtime_reconcile_total',
    'Reconciles by result: success, requeue_after, requeue (a conflict) or error.',
    ['controller', 'result'],
  ),
  reconcileErrors: counter('controller_runtime_reconcile_errors_total', 'Reconciles that ended in an error.', [
    'controller',
  ]),
  terminalReconcileErrors: counter(
    'controller_runtime_terminal_reconcile_errors_total',
    'Reconciles that ended in an error that trying again cannot help.',
    ['controller'],
  ),
  reconcileTime: histogram('controller_runtime_reconcile_time_seconds', 'How long a reconcile took.', ['controller']),
  activeWorkers: gauge('controller_runtime_active_workers', 'Reconciles under way.', ['controller']),
  maxConcurrentReconciles: gauge(
    'controller_runtime_max_concurrent_reconciles',
    'Reconciles that may be under way at a time.',
    ['controller'],
  ),
  workqueueDepth: gauge('workqueue_depth', 'Keys ready to be worked on.', ['name']),
  workqueueAdds: counter('workqueue_adds_total', 'Keys added, those already waiting left out.', ['name']),
  workqueueQueueDuration: histogram('workqueue_queue_duration_seconds', 'How long a key waited for a worker.', [
    'name',
  ]),
  workqueueWorkDuration: histogram('workqueue_work_duration_seconds', 'How long a key was worked on.', ['name']),
  workqueueRetries: counter('workqueue_retries_total', 'Keys added again after a failure.', ['name']),
  restClientRequests: counter(
    'rest_client_requests_total',
    'Requests to Kubernetes API servers; code is the HTTP status, or <error> when no answer came.',
    ['code', 'method', 'host'],
  ),
  restClientDuration: histogram(
    'rest_client_request_duration_seconds',
    'How long API servers took to answer, watches left out.',
    ['verb', 'host'],
  ),
  leaderStatus: gauge('leader_election_master_status', '1 while this process leads.', ['name']),
  watchRestarts: counter('tradewind_watch_restarts_total', 'Watches begun again, by what ended the one before.', [
    'host',
    'resource',
    'reason',
  ]),
  eventsDropped: counter('tradewind_events_dropped_total', 'Kubernetes events not written, by why.', ['reason']),
  eventLoopStalls: counter('tradewind_event_loop_stalls_total', 'Times the process could do nothing for a second.', []),
  memberVerdict: gauge('tradewind_member_verdict', '1 for the verdict a member has, 0 for the others.', [
    'cluster',
    'verdict',
  ]),
  memberObservationAge: gauge(
    'tradewind_member_observation_age_seconds',
    "Time since a member's watches last showed life.",
    ['cluster'],
  ),
  replicas: gauge('tradewind_replicas', 'Replicas that a deployment holds on a member.', [
    'namespace',
    'name',
    'cluster',
    'capacity_type',
  ]),
  acceleratorsFree: gauge('tradewind_accelerators_free', 'Accelerators free on ready nodes.', [
    'cluster',
    'accelerator',
  ]),
  price: gauge('tradewind_price_dollars_per_accelerator_hour', 'Price of one accelerator for one hour.', [
    'cluster',
    'pool',
    'zone',
    'accelerator',
    'capacity_type',
  ]),
  priceAge: gauge('tradewind_price_age_seconds', "Age of a member's oldest price in use.", ['cluster']),
  cost: gauge('tradewind_cost_dollars_per_hour', 'What the placements held cost for each hour.', ['provider']),
  moves: counter('tradewind_moves_total', 'Moves ended, by why they began and how they ended.', ['reason', 'result']),
  unplacedUnits: gauge('tradewind_unplaced_units', 'Capacity units wanted that have no place.', ['namespace', 'name']),
  decisionDuration: histogram('tradewind_decision_duration_seconds', 'How long one planning pass took.', []),
  fleetFrozen: gauge('tradewind_fleet_frozen', '1 while evacuations and voluntary moves are frozen.', []),
  drillOutcomes: counter('tradewind_drill_outcome_total', 'Failover drills that ended, by how.', ['outcome']),
  drillActive: gauge('tradewind_drill_active', '1 while the failure of a drill is in force.', ['mode']),
  drillRecovery: gauge(
    'tradewind_drill_recovery_seconds',
    'From injection until everything was ready again, in the last drill of that mode and scope.',
    ['mode', 'scope'],
  ),
  drillLastSuccess: gauge(
    'tradewind_drill_last_success_timestamp_seconds',
    'When the last drill ended that succeeded, dry runs left out.',
    [],
  ),
  buildInfo: gauge('tradewind_build_info', 'Always 1; the labels tell what runs.', ['version', 'node_version']),
} as const;
