/** What is fetched, pinned: changed here and in modules/ together. */

export interface KubernetesVersion {
  readonly minor: number;
  /** As its releases are named, without the v. */
  readonly version: string;
}

/** The current one, and the oldest that EKS and AKS still run without extended support. */
export const KUBERNETES: readonly KubernetesVersion[] = [
  { minor: 37, version: '1.37.2' },
  { minor: 34, version: '1.34.4' },
];

/** The programs of a control plane; kubectl comes along, of the same version. */
export const PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'] as const;

export type Program = (typeof PROGRAMS)[number];

export interface Tool {
  readonly name: 'helm' | 'kubeconform';
  readonly version: string;
  /** What `go install` takes. */
  readonly module: string;
}

export const TOOLS: readonly Tool[] = [
  { name: 'helm', version: '4.3.1', module: 'helm.sh/helm/v4/cmd/helm' },
  { name: 'kubeconform', version: '0.8.0', module: 'github.com/yannh/kubeconform/cmd/kubeconform' },
];

/** The current version, or the one of that minor. Throws when none is pinned. */
export function kubernetesVersion(minor: number | null): KubernetesVersion {
  const found = minor === null ? KUBERNETES[0] : KUBERNETES.find((it) => it.minor === minor);
  if (found !== undefined) return found;
  throw new Error(`no version 1.${minor} is pinned; choose one of ${KUBERNETES.map((it) => it.minor).join(', ')}`);
}
