/** How the operator reaches its hub: a developer's kubeconfig, or the service account of its own pod. */
import { readFileSync } from 'node:fs';
import type { Config } from './config.ts';
import { fixedAccess, type AccessSource } from './kube/cluster-access.ts';
import { createInClusterAccess } from './kube/in-cluster-access.ts';
import { parseKubeconfig } from './kube/kubeconfig.ts';
import type { Clock } from './model/clock.ts';
import { TerminalError } from './model/errors.ts';

const invalid = (message: string, cause?: unknown): TerminalError =>
  new TerminalError(message, { code: 'Invalid', cause });

/** Throws TerminalError(Invalid) that says which file or variable is wrong. */
export function hubAccess({ kubeconfig, inCluster }: Config, clock: Clock): AccessSource {
  if (kubeconfig === null) {
    if (inCluster === null)
      throw invalid('not in a cluster and no kubeconfig given: set TRADEWIND_KUBECONFIG or --kubeconfig');
    return createInClusterAccess({ ...inCluster, clock });
  }
  const parsed = parseKubeconfig(readText(kubeconfig), { profile: 'own' });
  if (!parsed.ok) throw invalid(`the kubeconfig ${kubeconfig} cannot be used: ${parsed.field}: ${parsed.message}`);
  return fixedAccess(parsed.access);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalid(`the kubeconfig ${path} cannot be read`, cause);
  }
}
