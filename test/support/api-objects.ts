/** Builders of custom resources as people write them, with changes by JSON pointer; and the YAML files of crds/. */
import { readdirSync, readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import type { Fields } from './api-crd-schemas.ts';

/** Values by JSON pointer: "/spec/replicas": 3. undefined removes the field. */
export type Changes = Readonly<Record<string, unknown>>;

/** A deep copy of `object` with the changes made; objects on the way are created. */
export function changed(object: Fields, changes: Changes = {}): Fields {
  const copy = structuredClone(object);
  for (const [pointer, value] of Object.entries(changes)) {
    const names = pointer
      .split('/')
      .slice(1)
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = names.pop() ?? '';
    let place: Fields = copy;
    for (const name of names) place = (place[name] ??= {}) as Fields;
    if (value === undefined) delete place[last];
    else place[last] = value;
  }
  return copy;
}

const SERVER = { name: 'server', image: 'registry.example/vllm:1' };

/** ml-prod/llama: one unit of one H100, everything else by default. */
export const anInferenceDeploymentObject = (changes: Changes = {}): Fields =>
  changed(
    {
      apiVersion: 'tradewind.dev/v1alpha1',
      kind: 'InferenceDeployment',
      metadata: { name: 'llama', namespace: 'ml-prod', uid: 'uid-llama', generation: 3 },
      spec: { accelerators: [{ model: 'H100', count: 1 }], template: { spec: { containers: [SERVER] } } },
    },
    changes,
  );

/** eks-use1: an EKS cluster in us-east-1, everything else by default. */
export const aMemberClusterObject = (changes: Changes = {}): Fields =>
  changed(
    {
      apiVersion: 'tradewind.dev/v1alpha1',
      kind: 'MemberCluster',
      metadata: { name: 'eks-use1', uid: 'uid-eks-use1', generation: 2, labels: { tier: 'prod' } },
      spec: { eks: { name: 'inference', region: 'us-east-1' } },
    },
    changes,
  );

/** basement: a member with a kubeconfig and one pool of H100. */
export const aKubeconfigMemberObject = (changes: Changes = {}): Fields =>
  changed(
    {
      apiVersion: 'tradewind.dev/v1alpha1',
      kind: 'MemberCluster',
      metadata: { name: 'basement' },
      spec: {
        kubeconfig: { secretRef: { name: 'basement' } },
        pools: [{ name: 'hgx', accelerator: 'H100', acceleratorsPerNode: 8 }],
      },
    },
    changes,
  );

export const aFleetPolicyObject = (changes: Changes = {}): Fields =>
  changed(
    { apiVersion: 'tradewind.dev/v1alpha1', kind: 'FleetPolicy', metadata: { name: 'default' }, spec: {} },
    changes,
  );

/** lose-use1: the simplest drill there is, everything else by default. */
export const aDrillObject = (changes: Changes = {}): Fields =>
  changed(
    {
      apiVersion: 'tradewind.dev/v1alpha1',
      kind: 'FailoverDrill',
      metadata: { name: 'lose-use1', uid: 'uid-lose-use1', generation: 1, creationTimestamp: '2026-11-23T10:00:00Z' },
      spec: { failure: { scope: 'Cluster', clusters: ['eks-use1'] } },
    },
    changes,
  );

/** weekly: the same drill, Tuesdays at ten. */
export const aDrillScheduleObject = (changes: Changes = {}): Fields =>
  changed(
    {
      apiVersion: 'tradewind.dev/v1alpha1',
      kind: 'FailoverDrillSchedule',
      metadata: { name: 'weekly', uid: 'uid-weekly', generation: 1 },
      spec: {
        schedule: '0 10 * * 2',
        drillTemplate: { spec: { failure: { scope: 'Cluster', clusters: ['eks-use1'] } } },
      },
    },
    changes,
  );

export interface YamlFile {
  readonly name: string;
  readonly text: string;
  readonly documents: readonly Fields[];
}

/** The YAML files of a folder, by name. */
export function yamlFiles(folder: string): readonly YamlFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return names.sort().map((name) => {
    const text = readFileSync(`${folder}/${name}`, 'utf8');
    return { name, text, documents: loadAll(text) as Fields[] };
  });
}
