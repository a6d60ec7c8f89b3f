/** The FailoverDrill that a command line asks for: the one in a file, or one made from flags. */
import { parseDuration } from '../../api/parse-duration.ts';
import { describeIssues } from '../../api/issue.ts';
import { parseFailoverDrill } from '../../api/parse-failover-drill.ts';
import { API_VERSION, FAILOVER_DRILLS } from '../../api/resources.ts';
import type { KubeObject } from '../../kube/kube-client.ts';
import type { DrillMode } from '../../model/drill.ts';
import type { Instant } from '../../model/units.ts';
import { readDocuments } from '../plan/read-documents.ts';

export interface DrillFlags {
  readonly filename?: string;
  readonly mode?: DrillMode;
  readonly cluster?: readonly string[];
  readonly name?: string;
  readonly duration?: string;
  /** Whether nothing is to be touched, whatever a file says. */
  readonly dryRun?: boolean;
  /** Whether every deployment may be touched, and not only those labelled for drills. */
  readonly allDeployments?: boolean;
}

const NAME_LIMIT = 63;
/** A drill that somebody waits for at a terminal: long enough for a model to load. */
const DEFAULT_DURATION = '15m';

/** Throws with what is wrong, field by field, before anybody is asked. */
export function makeDrill(flags: DrillFlags, now: Instant): KubeObject {
  const asked = flags.filename === undefined ? fromFlags(flags, now) : fromFile(flags.filename);
  const object = flags.dryRun === true ? asDryRun(asked, now) : asked;
  const parsed = parseFailoverDrill(object);
  if (!parsed.ok) throw new Error(`the drill cannot be run: ${describeIssues(parsed.issues)}`);
  return object;
}

function fromFile(filename: string): KubeObject {
  const values = readDocuments([filename]).map(({ value }) => value as KubeObject);
  const drills = values.filter((it) => it.kind === FAILOVER_DRILLS.kind);
  const [drill] = drills;
  if (drill === undefined || drills.length > 1)
    throw new Error(`${filename} has ${drills.length} objects of kind FailoverDrill; name a file with exactly one`);
  return drill;
}

/** The same drill under another name, so that the one of the file can be run afterwards; it goes by itself. */
function asDryRun(drill: KubeObject, now: Instant): KubeObject {
  const spec = (drill['spec'] ?? {}) as Readonly<Record<string, unknown>>;
  const { metadata } = drill;
  const name = `${`dry-run-${metadata.name}`.slice(0, NAME_LIMIT - stampOf(now).length - 1)}-${stampOf(now)}`;
  return {
    ...drill,
    metadata: { ...metadata, name: spec['mode'] === 'DryRun' ? metadata.name : name },
    spec: { ttlAfterFinished: '1h', ...spec, mode: 'DryRun' },
  };
}

const stampOf = (now: Instant): string => Math.floor(now / 1000).toString(36);

function fromFlags(
  { mode = 'DryRun', cluster = [], name, duration, allDeployments }: DrillFlags,
  now: Instant,
): KubeObject {
  const lasts = duration ?? DEFAULT_DURATION;
  const longest = parseDuration(lasts) ?? 0;
  return {
    apiVersion: API_VERSION,
    kind: FAILOVER_DRILLS.kind,
    metadata: { name: name ?? madeUpName(mode, cluster, now) },
    spec: {
      mode,
      failure: { scope: 'Cluster', clusters: cluster },
      duration: lasts,
      blastRadius: { maxClusters: cluster.length },
      ...(longest > DEFAULT_MAX ? { abort: { maxDuration: `${Math.ceil((longest * 2) / 60_000)}m` } } : {}),
      ...(allDeployments === true ? { deployments: {} } : {}),
      ...(mode === 'EvictUngraceful' ? { approval: { required: true } } : {}),
    },
  };
}

/** Beyond half of the default of abort.maxDuration, restoring would have less time than the failure. */
const DEFAULT_MAX = 30 * 60_000;

/** For instance `drain-graceful-eks-use1-t5k2q1`: sorts by what it is, and is there once. */
function madeUpName(mode: DrillMode, [cluster = 'none']: readonly string[], now: Instant): string {
  const what = mode.replace(/(?!^)[A-Z]/gu, (letter) => `-${letter}`).toLowerCase();
  const when = stampOf(now);
  return `${`${what}-${cluster}`.slice(0, NAME_LIMIT - when.length - 1)}-${when}`;
}
