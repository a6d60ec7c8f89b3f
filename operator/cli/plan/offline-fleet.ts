/** The fleet that files describe: every object is read, and one that cannot be is told of; nothing is left out in silence. */
import {
  FAILOVER_DRILL_SCHEDULES,
  FAILOVER_DRILLS,
  FLEET_POLICIES,
  GROUP,
  INFERENCE_DEPLOYMENTS,
  MEMBER_CLUSTERS,
} from '../../api/resources.ts';
import type { FleetPolicy, FleetSnapshot, Member, WorkloadView } from '../../model/fleet.ts';
import type { Instant } from '../../model/units.ts';
import { isRead, readMember, readPolicy, readWorkload, snapshotOf, type Read } from './fleet-objects.ts';
import { InputError, issuesIn, type InputIssue } from './input-issue.ts';
import type { InputDocument } from './read-documents.ts';

const KINDS = [INFERENCE_DEPLOYMENTS.kind, MEMBER_CLUSTERS.kind, FLEET_POLICIES.kind] as const;

type Kind = (typeof KINDS)[number];

/** Kinds of ours that say nothing of where anything runs. */
const UNPLANNED: readonly string[] = [FAILOVER_DRILLS.kind, FAILOVER_DRILL_SCHEDULES.kind];

/** The snapshot of the documents; objects of other groups, and drills, are passed over. Throws InputError with every issue found. */
export function offlineFleet(documents: readonly InputDocument[], now: Instant): FleetSnapshot {
  const sorter = new Sorter(now);
  for (const document of documents) sorter.add(document);
  if (sorter.issues.length > 0) throw new InputError(sorter.issues);
  return snapshotOf(sorter, now);
}

/** Collects members, workloads and the policy, and everything that is wrong with any of them. */
class Sorter {
  readonly members: Member[] = [];
  readonly workloads: WorkloadView[] = [];
  policy: FleetPolicy | null = null;
  readonly issues: InputIssue[] = [];
  readonly #now: Instant;
  /** Where each object was first seen, by kind and name. */
  readonly #seen = new Map<string, InputDocument>();

  constructor(now: Instant) {
    this.#now = now;
  }

  add(document: InputDocument): void {
    const kind = kindOf(document.value);
    if (kind === 'foreign') return;
    if (typeof kind === 'object') {
      this.issues.push(...issuesIn(document, [kind]));
      return;
    }
    const options = { strict: true, now: this.#now };
    if (kind === 'MemberCluster') {
      const member = this.#valueOf(document, readMember(document.value, options));
      if (member && this.#isFirst(document, `MemberCluster ${member.name}`)) this.members.push(member);
    } else if (kind === 'FleetPolicy') {
      const policy = this.#valueOf(document, readPolicy(document.value));
      if (policy && this.#isFirst(document, 'FleetPolicy')) this.policy = policy;
    } else {
      const view = this.#valueOf(document, readWorkload(document.value, options));
      if (view && this.#isFirst(document, `InferenceDeployment ${view.workload.key}`)) this.workloads.push(view);
    }
  }

  #valueOf<Value>(document: InputDocument, read: Read<Value>): Value | null {
    if (isRead(read)) return read.value;
    this.issues.push(...issuesIn(document, read.issues));
    return null;
  }

  #isFirst(document: InputDocument, id: string): boolean {
    const first = this.#seen.get(id);
    if (first === undefined) {
      this.#seen.set(id, document);
      return true;
    }
    const message = `${id} stands already in ${first.file}, document ${first.document}; remove one of them`;
    this.issues.push(...issuesIn(document, [{ path: '', message }]));
    return false;
  }
}

/** The kind of an object of ours, `foreign`, or what is wrong with it. */
function kindOf(value: unknown): Kind | 'foreign' | { readonly path: string; readonly message: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { path: '', message: 'must be an object with apiVersion, kind and metadata; correct or remove it' };
  const { apiVersion, kind } = value as { readonly apiVersion?: unknown; readonly kind?: unknown };
  if (typeof kind !== 'string' || kind === '') return { path: 'kind', message: 'is required; add it' };
  const ours = KINDS.find((it) => it === kind);
  if (ours !== undefined) return ours;
  if (UNPLANNED.includes(kind)) return 'foreign';
  if (typeof apiVersion !== 'string' || apiVersion === '')
    return { path: 'apiVersion', message: 'is required; add it' };
  if (apiVersion !== GROUP && !apiVersion.startsWith(`${GROUP}/`)) return 'foreign';
  return { path: 'kind', message: `${GROUP} has no ${kind}; write one of ${KINDS.join(', ')}` };
}
