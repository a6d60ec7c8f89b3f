/** What is said about a field that the schema does not have: why it is refused, or which one was probably meant. */

/** Fields of pods that could harm a member, and so are not carried to one. */
const REFUSED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    hostNetwork: "it would give the pod its node's network",
    hostPID: "it would show the pod its node's processes",
    hostIPC: "it would share its node's memory with the pod",
    hostUsers: 'user namespaces are set by the member',
    hostPort: "it would open a port of the pod's node",
    hostIP: "it would open a port of the pod's node",
    hostPath: "it would give the pod its node's files; use emptyDir, configMap, secret or persistentVolumeClaim",
    hostAliases: 'name resolution belongs to the member',
    shareProcessNamespace: 'it would let containers see into one another',
    privileged: "it would give the container its node's rights",
    add: 'capabilities can be dropped, not added',
    procMount: "it would unmask the node's kernel settings",
    seLinuxOptions: 'security profiles are set by the member',
    appArmorProfile: 'security profiles are set by the member',
    sysctls: 'kernel settings are set by the member',
    supplementalGroups: "it could open files of the pod's node",
    serviceAccount: 'pods run without the rights of a service account',
    serviceAccountName: 'pods run without the rights of a service account',
    automountServiceAccountToken: 'pods run without the rights of a service account',
    nodeName: 'the operator chooses where replicas run; use spec.placement',
    nodeSelector: 'the operator chooses where replicas run; use spec.placement',
    affinity: 'the operator chooses where replicas run; use spec.placement',
    topologySpreadConstraints: 'the operator chooses where replicas run; use spec.placement',
    tolerations: 'tolerations belong to the member; use spec.tolerations of its MemberCluster',
    schedulerName: "pods are scheduled by the member's own scheduler",
    priorityClassName: 'order is given by spec.priority',
    priority: 'order is given by spec.priority',
    preemptionPolicy: 'order is given by spec.priority',
    ephemeralContainers: 'debugging happens on the member',
    volumeDevices: "block devices of the pod's node are not carried to members",
    mountPropagation: "mounts may not spread to the pod's node",
    host: 'probes reach the container itself and nothing else',
    resourceClaims: 'accelerators are set by the operator from spec.accelerators',
    claims: 'accelerators are set by the operator from spec.accelerators',
  }),
);

/** One sentence about the unknown field `name` beside the fields `known`. */
export function describeUnknownField(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  if (meant !== null) return `unknown field; did you mean ${meant}?`;
  const reason = REFUSED.get(name);
  if (reason !== undefined) return `unknown field: ${reason}; remove it`;
  return known.length === 0 ? 'unknown field; remove it' : `unknown field; remove it or use one of ${known.join(', ')}`;
}

/** The known name that differs from `name` in case or in one or two letters; null when none does. */
function nearest(name: string, known: readonly string[]): string | null {
  const sameLetters = known.find((it) => it.toLowerCase() === name.toLowerCase());
  if (sameLetters !== undefined) return sameLetters;
  if (REFUSED.has(name) || name.length > 64) return null;
  const limit = name.length < 5 ? 1 : 2;
  return known.find((it) => editDistance(name, it) <= limit) ?? null;
}

/** Letters to insert, delete or replace to get from `a` to `b` (Levenshtein, one row at a time). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1)
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}
