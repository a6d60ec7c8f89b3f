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
    RulesExcludeEverything: 'No offering of the fleet meets the placement rules; relax them or add a member.',
    BudgetExhausted: 'A budget admits no more; raise it or lower the replicas.',
    HeldByRules: 'Shares, minClusters or onDemandBase cannot be kept, and whenUnsatisfiable is Hold.',
  },
  Placed: {
    AllPlaced: 'Every unit has a place.',
    RulesRelaxed:
      'Every unit has a place, and rules had to be bent for it; they are kept again as soon as they can be.',
    NoCapacity: 'Units find no room on any member that may take them.',
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
    SignalsReturned: 'Signals are back; what serves is being compared before anything is removed.',
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

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** `{ type, reason }` of a condition of that table, kept together by the compiler. */
export type ReasonOf<T extends Table> = {
  [Type in keyof T & string]: { readonly type: Type; readonly reason: keyof T[Type] & string };
}[keyof T & string];
