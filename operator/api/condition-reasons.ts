/** Every condition reason of every kind, with one sentence on what it means. README.md's table is held equal to this. */

export const DEPLOYMENT_REASONS = {
  Ready: {
    Serving: 'Every capacity unit wanted is ready.',
    ScaledToZero: 'No capacity is wanted.',
    Starting: 'Replicas are placed and have not all become ready yet.',
    UnitsUnplaced: 'Fewer units are ready than wanted, because some found no place; see Placed.',
    ReplicasNotReady: 'Replicas that had started are not ready; look at their pods on the members.',
    MembersUnreachable: 'Whether enough is ready is unknown, because members that hold replicas cannot be read.',
    NotPlannedYet: 'The operator has not planned it yet.',
    InvalidSpec: 'The spec cannot be read; what runs is left as it is.',
    RunsForAnother: 'Members run it for another object of this name, an earlier hub for instance; nothing is touched.',
    Deleting: 'It is being deleted.',
  },
  Reconciling: {
    NotPlannedYet: 'The operator has not planned it yet.',
    Starting: 'Replicas are being started.',
    Moving: 'Replicas are being moved for price, rules or capacity.',
    Evacuating: 'Replicas of a lost member are being replaced.',
    FailingBack: 'Replicas are being moved back to a member that returned.',
    Releasing: 'Replicas that are no longer wanted are being removed.',
    WaitingForCapacity: 'Units without a place are tried again as soon as room or prices change.',
    Deleting: 'Everything on the members is being removed.',
  },
  Stalled: {
    InvalidSpec: 'The spec cannot be read; correct it.',
    RunsForAnother: 'Members run it for another object of this name; take it over, or give this one another name.',
    RulesExcludeEverything: 'No offering of the fleet meets the placement rules; relax them or add a member.',
    BudgetExhausted: 'A budget admits no more; raise it or lower the replicas.',
    HeldByRules: 'Shares, minClusters or onDemandBase cannot be kept, and whenUnsatisfiable is Hold.',
  },
  Placed: {
    AllPlaced: 'Every unit has a place.',
    RulesRelaxed:
      'Every unit has a place, and rules had to be bent for it; they are kept again as soon as they can be.',
    NoCapacity: 'Units find no room on any member that may take them.',
    Shed: 'Units were given up for a more important deployment that lost a member; they are back when there is room.',
    PricesUnusable: 'Units find no offering whose price is known and fresh.',
    RulesExcludeEverything: 'No offering of the fleet meets the placement rules; relax them or add a member.',
    BudgetExhausted: 'A budget admits no more; raise it or lower the replicas.',
    HeldByRules: 'Shares, minClusters or onDemandBase cannot be kept, and whenUnsatisfiable is Hold.',
    NotPlannedYet: 'The operator has not planned it yet.',
  },
  FailoverReady: {
    Covered: 'Whichever member is lost, the others have room for what it serves.',
    ShortOfCapacity: 'When the member named is lost, part of its units finds no room elsewhere.',
    ShortOfBudget: 'When the member named is lost, a budget admits only part of what would replace it.',
    ShortByRules: 'When the member named is lost, rules that are held keep part of its units from other places.',
    SingleMember: 'Only one member may serve, so nothing could take its place.',
    NotAssessed: 'It has no place yet that could be lost.',
  },
  PriceFresh: {
    PricesFresh: 'The prices of everything held are known and fresh.',
    PricesStale: 'The price of something held is older than the limit; nothing new is bought there.',
    PricesUnknown: 'The price of something held is not known; nothing new is bought there.',
  },
  TrafficRouted: {
    Routed: 'Requests are led to what is ready.',
    Shifting: 'Requests are led to what is ready, and those of copies that leave are being shifted away.',
    NothingReady: 'Nothing is ready that requests could be led to.',
    LastKnown: 'Nothing is known to be ready; requests are led where they were led last.',
    EndpointPending: 'A member with something to serve has no address yet; wait for its load balancer.',
    GatewayApiMissing: 'The hub has no HTTPRoute; install the Gateway API, or leave out spec.traffic.gateway.',
    ExternalDnsMissing: 'The hub has no DNSEndpoint; install its CRD of external-dns, or leave out spec.traffic.dns.',
    NameTaken: 'An object on the hub that is not ours has the name that the route needs; rename one of them.',
    RouteNotAccepted: 'The Gateway does not accept the route; look at the status of the HTTPRoute.',
    AddressUnresolved: 'The name of a load balancer does not resolve; look at the DNS of the hub.',
    InferencePoolMissing:
      'Requests are led by Services; a member does not serve InferencePool, so its own gateway has none.',
    InferencePoolNameTaken: "Requests are led by Services; somebody else's InferencePool on a member has the name.",
  },
} as const;

export const MEMBER_REASONS = {
  Ready: {
    NotYetProbed: 'The API has not been asked yet.',
    ProbesSucceed: 'The API answers and its nodes are well.',
    ProbeFailed: 'A probe of the API failed.',
    ProbeSlow: 'The API answers too slowly.',
    ProbeUnhealthy: 'The API answers that it is not ready.',
    WatchStale: 'The API answers and its watches show no life.',
    CredentialsRejected: 'The API refuses the credentials, which is not an outage; renew them or grant the rights.',
    NameUnresolved:
      "The name of the API's server does not resolve, which is not an outage; look at the operator's DNS.",
    TlsRejected: 'The TLS handshake with the API fails, which is not an outage; compare the CA with the certificate.',
    ApiUnreachable: 'The API cannot be reached.',
    ServesWithoutApi: 'The API cannot be reached and the replicas serve.',
    NodesLost: 'Nodes with accelerators are gone or not ready.',
    EndedByCloud: 'The cloud says that the cluster is stopped or being deleted.',
    SignalsReturned: 'Signals are back; what serves is being compared before anything is removed.',
    DrillActive: 'A failover drill takes the member for lost.',
    FleetFrozen: 'So many members look lost at once that the operator suspects itself.',
    InvalidSpec: 'The spec cannot be read; correct it.',
  },
  Reconciling: {
    NotYetProbed: 'The API has not been asked yet.',
    Listing: 'Nodes, pods and Deployments have not all been listed yet.',
    Recovering: 'The member is back and not yet trusted.',
  },
  Stalled: {
    CredentialsRejected: 'The API refuses the credentials; renew them or grant the rights.',
    InvalidSpec: 'The spec cannot be read; correct it.',
  },
  CredentialsValid: {
    CredentialsAccepted: 'The API accepts the credentials.',
    CredentialsRejected: 'The API refuses the credentials; renew them or grant the rights.',
    CredentialsExpireSoon: 'A credential that nobody renews expires within a week; renew it.',
    NotYetProbed: 'The API has not answered yet.',
  },
  PriceFresh: {
    PricesFresh: 'Every offering has a fresh price.',
    PricesStale: 'An offering has a price older than the limit; nothing new is bought there.',
    PricesUnknown:
      'An offering has no price; nothing is bought there. Set one in spec.pools or look at the cloud permissions.',
  },
  UnderDrill: {
    DrillActive: 'A failover drill takes the member to fail; its status tells how far, and when it is lifted.',
  },
} as const;

export const POLICY_REASONS = {
  Ready: {
    InForce: 'The policy is in force.',
    InvalidSpec: 'The spec cannot be read; the defaults are in force until it is corrected.',
  },
  Stalled: {
    InvalidSpec: 'The spec cannot be read; correct it.',
  },
  Frozen: {
    FleetFrozen: 'So many members look lost at once that nothing is evacuated and nothing moves voluntarily.',
  },
} as const;

export const DRILL_REASONS = {
  Ready: {
    Succeeded: 'Every objective was met and the steady state held.',
    DryRunOnly: 'Nothing was touched; the prediction is in status and in the report.',
    Running: 'It is not over yet.',
    Failed: 'An objective was missed, or the steady state did not come back; read the report.',
    Aborted: 'A person, a probe or its deadline stopped it.',
    Interrupted: 'A real incident came between; repeat it afterwards.',
    CapacityCheckFailed: 'The survivors have no room for what is on the targets; nothing was injected.',
    PreflightFailed: 'A check failed and nothing was injected; see PreflightPassed.',
    Inconclusive: 'Nothing was on the targets, or it could not be measured.',
    InvalidSpec: 'The spec cannot be read; delete the drill and create another one.',
  },
  Reconciling: {
    Pending: 'It waits for its turn, its window or the end of another drill.',
    Preflight: 'Capacity, incidents, credentials, policy and the steady state are being checked.',
    AwaitingApproval: 'A person has to approve it.',
    Announced: 'It begins in a moment; the last chance to stop it.',
    Injecting: 'The failure has been put in force and its first effect is waited for.',
    Observing: 'The failure is in force and is being watched.',
    Aborting: 'The failure is being lifted before its time.',
    Restoring: 'The failure is lifted; what it moved is settling.',
    Verifying: 'The steady state has to hold again.',
  },
  Stalled: {
    Failed: 'An objective was missed, or the steady state did not come back; read the report.',
    Aborted: 'A person, a probe or its deadline stopped it.',
    Interrupted: 'A real incident came between; repeat it afterwards.',
    CapacityCheckFailed: 'The survivors have no room for what is on the targets; nothing was injected.',
    PreflightFailed: 'A check failed and nothing was injected; see PreflightPassed.',
    Inconclusive: 'Nothing was on the targets, or it could not be measured.',
    InvalidSpec: 'The spec cannot be read; delete the drill and create another one.',
  },
  PreflightPassed: {
    NotChecked: 'Nothing has been checked yet.',
    ChecksPassed: 'Every check passed.',
    PassedWithWarnings: 'No check failed, and one has something to say.',
    CheckFailed: 'A check failed; nothing is injected.',
  },
  Approved: {
    Approved: 'A person has approved it.',
    NotRequired: 'Nobody has to approve it.',
    AwaitingApproval: 'A person has to approve it.',
    NotApproved: 'It was over before anybody had approved it.',
  },
  FaultActive: {
    Injected: 'The failure is in force.',
    NotInjected: 'Nothing has been injected.',
    Lifted: 'The failure has been lifted.',
  },
  SteadyState: {
    Held: 'Every probe last said that the steady state holds.',
    Broken: 'A probe says that the steady state is broken.',
    ProbeUnanswered: 'A probe could not be asked.',
    NotChecked: 'No probe has been asked yet.',
  },
  Restored: {
    Restored: 'The failure is lifted and everything is as the rules want it.',
    NotInjected: 'Nothing has been injected yet.',
    NothingInjected: 'It is over and nothing was injected.',
    FailureInForce: 'The failure is in force.',
    Restoring: 'The failure is lifted; what it moved is settling.',
    TimedOut: 'The failure is lifted and not everything came back in time; look at the InferenceDeployments.',
  },
} as const;

export const DRILL_SCHEDULE_REASONS = {
  Ready: {
    Scheduled: 'The next drill is due at status.nextAt.',
    Suspended: 'No new drill is created while it is suspended.',
    NeverDue: 'The schedule has no time to come; correct it.',
    InvalidSpec: 'The spec cannot be read; correct it.',
  },
  Stalled: {
    NeverDue: 'The schedule has no time to come; correct it.',
    InvalidSpec: 'The spec cannot be read; correct it.',
  },
} as const;

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** `{ type, reason }` of a condition of that table, kept together by the compiler. */
export type ReasonOf<T extends Table> = {
  [Type in keyof T & string]: { readonly type: Type; readonly reason: keyof T[Type] & string };
}[keyof T & string];
