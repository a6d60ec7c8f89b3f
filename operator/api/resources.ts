/** The custom resources in the words of discovery; the shape of kube's ResourceType, which api may not import. */

export const GROUP = 'tradewind.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

export const INFERENCE_DEPLOYMENTS = {
  group: GROUP,
  version: VERSION,
  plural: 'inferencedeployments',
  kind: 'InferenceDeployment',
  namespaced: true,
} as const;

export const MEMBER_CLUSTERS = {
  group: GROUP,
  version: VERSION,
  plural: 'memberclusters',
  kind: 'MemberCluster',
  namespaced: false,
} as const;

export const FLEET_POLICIES = {
  group: GROUP,
  version: VERSION,
  plural: 'fleetpolicies',
  kind: 'FleetPolicy',
  namespaced: false,
} as const;

export const FAILOVER_DRILLS = {
  group: GROUP,
  version: VERSION,
  plural: 'failoverdrills',
  kind: 'FailoverDrill',
  namespaced: false,
} as const;

export const FAILOVER_DRILL_SCHEDULES = {
  group: GROUP,
  version: VERSION,
  plural: 'failoverdrillschedules',
  kind: 'FailoverDrillSchedule',
  namespaced: false,
} as const;

/** The one FleetPolicy that is in force. */
export const FLEET_POLICY_NAME = 'default';
