/** Who has written what on a real control plane, as its API server has written it down. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { auditLogIn } from '../../hack/real-kube/command-lines.ts';
import type { ClusterRecord } from '../../hack/real-kube/fleet-file.ts';

/** A request to write that was answered. */
export interface AuditedWrite {
  readonly verb: string;
  /** As `deployments/status ml/llama`. */
  readonly what: string;
  readonly user: string;
  /** Which token of the user it was; '' for those that are not service accounts. */
  readonly credential: string;
  /** Unix milliseconds, when it came in. */
  readonly at: number;
  readonly code: number;
}

interface AuditEvent {
  readonly verb: string;
  readonly requestReceivedTimestamp: string;
  readonly user: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly objectRef?: Readonly<Record<'resource' | 'subresource' | 'namespace' | 'name', string | undefined>>;
  readonly responseStatus?: { readonly code?: number };
}

const CREDENTIAL = 'authentication.kubernetes.io/credential-id';

/** In the order in which they were answered. The cluster was started with an audit log. */
export function auditedWrites(cluster: ClusterRecord): readonly AuditedWrite[] {
  const file = auditLogIn(dirname(cluster.ca));
  if (!existsSync(file)) throw new Error(`${cluster.name} has no audit log`);
  const lines = readFileSync(file, 'utf8').split('\n');
  // The last one is empty, or is being written at this moment.
  return lines.slice(0, -1).map((line) => writeOf(JSON.parse(line) as AuditEvent));
}

function writeOf({ verb, requestReceivedTimestamp, user, objectRef, responseStatus }: AuditEvent): AuditedWrite {
  const { resource = '', subresource, namespace = '', name = '' } = objectRef ?? {};
  return {
    verb,
    what: `${subresource === undefined ? resource : `${resource}/${subresource}`} ${namespace}/${name}`,
    user: user.username,
    credential: user.extra?.[CREDENTIAL]?.[0]?.replace('JTI=', '') ?? '',
    at: Date.parse(requestReceivedTimestamp),
    code: responseStatus?.code ?? 0,
  };
}
