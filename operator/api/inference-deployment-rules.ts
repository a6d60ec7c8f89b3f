/** The CEL rules of InferenceDeployment, for objects that no API server has validated. A test holds the two equal. */
import type { SpecRule } from './parse-object.ts';
import type { Container, EnvVar, InferenceDeploymentSpec, InitContainer, Volume } from './wire-types.ts';

type Rule = SpecRule<InferenceDeploymentSpec>;

/** `[path, value]` of the parts of a spec that a rule looks at; absent ones are left out. */
type Parts<Part> = readonly (readonly [path: string, part: Part])[];

const POD = 'spec.template.spec';

const part = <Part>(path: string, value: Part | undefined): Parts<Part> => (value === undefined ? [] : [[path, value]]);

const each = <Part>(path: string, values: readonly Part[] | undefined): Parts<Part> =>
  (values ?? []).map((value, index) => [`${path}[${index}]`, value]);

const breaking = <Part>(parts: Parts<Part>, isBroken: (part: Part) => boolean): readonly string[] =>
  parts.filter(([, value]) => isBroken(value)).map(([path]) => path);

const containersOf = (spec: InferenceDeploymentSpec): Parts<Container> =>
  each(`${POD}.containers`, spec.template.spec.containers);

const initContainersOf = (spec: InferenceDeploymentSpec): Parts<InitContainer> =>
  each(`${POD}.initContainers`, spec.template.spec.initContainers);

const everyContainerOf = (spec: InferenceDeploymentSpec): Parts<InitContainer> => [
  ...containersOf(spec),
  ...initContainersOf(spec),
];

const envOf = (spec: InferenceDeploymentSpec): Parts<EnvVar> => [
  ...everyContainerOf(spec).flatMap(([path, it]) => each(`${path}.env`, it.env)),
  ...each('spec.accelerators', spec.accelerators).flatMap(([path, it]) => each(`${path}.env`, it.env)),
];

const countSet = (...values: readonly unknown[]): number => values.filter((value) => value !== undefined).length;

const ALLOWED_RESOURCES = ['cpu', 'memory', 'ephemeral-storage', 'hugepages-2Mi', 'hugepages-1Gi'];
const OPERATOR_PREFIX = 'tradewind.dev/';
const RIGHTS_PREFIXES = [
  OPERATOR_PREFIX,
  'iam.amazonaws.com/',
  'container.apparmor.security.beta.kubernetes.io/',
  'container.seccomp.security.alpha.kubernetes.io/',
  'seccomp.security.alpha.kubernetes.io/',
];

const quantitiesOf = (spec: InferenceDeploymentSpec): Parts<Readonly<Record<string, unknown>>> =>
  everyContainerOf(spec).flatMap(([path, { resources }]) => [
    ...part(`${path}.resources.limits`, resources?.limits),
    ...part(`${path}.resources.requests`, resources?.requests),
  ]);

const unmounted = (containers: Parts<InitContainer>, volumes: readonly Volume[] | undefined): readonly string[] => {
  const names = new Set((volumes ?? []).map(({ name }) => name));
  return containers.flatMap(([path, it]) =>
    breaking(each(`${path}.volumeMounts`, it.volumeMounts), ({ name }) => !names.has(name)),
  );
};

const hasPrefix = (map: Readonly<Record<string, string>>, prefixes: readonly string[]): boolean =>
  Object.keys(map).some((key) => prefixes.some((prefix) => key.startsWith(prefix)));

const REPLICA_RULES: readonly Rule[] = [
  {
    message: 'availability.minReady may not exceed replicas; lower it or raise replicas',
    breaches: ({ availability, replicas }) =>
      (availability.minReady ?? 0) > replicas ? ['spec.availability.minReady'] : [],
  },
  {
    message: 'placement.onDemandBase may not exceed replicas; lower it or raise replicas',
    breaches: ({ placement, replicas }) => (placement.onDemandBase > replicas ? ['spec.placement.onDemandBase'] : []),
  },
  {
    message:
      'placement.onDemandBase keeps units off spot and spot Required keeps them on it; set onDemandBase to 0 or spot to Allowed',
    breaches: ({ placement }) =>
      placement.spot === 'Required' && placement.onDemandBase > 0 ? ['spec.placement.onDemandBase'] : [],
  },
  {
    message: 'operators In and NotIn need values; Exists and DoesNotExist take none',
    breaches: ({ placement }) =>
      breaking(
        each('spec.placement.clusterSelector.matchExpressions', placement.clusterSelector?.matchExpressions),
        ({ operator, values }) => (operator === 'In' || operator === 'NotIn') !== (values ?? []).length > 0,
      ),
  },
  {
    message: 'traffic takes gateway or dns, not both; remove one',
    breaches: ({ traffic }) => (traffic?.gateway && traffic.dns ? ['spec.traffic'] : []),
  },
];

const TEMPLATE_RULES: readonly Rule[] = [
  {
    message: 'labels under tradewind.dev/ belong to the operator; remove them',
    breaches: (spec) =>
      breaking(part('spec.template.metadata.labels', spec.template.metadata?.labels), (it) =>
        hasPrefix(it, [OPERATOR_PREFIX]),
      ),
  },
  {
    message:
      "annotations that set security profiles, cloud roles or the operator's own data (tradewind.dev/) are refused; remove them",
    breaches: (spec) =>
      breaking(part('spec.template.metadata.annotations', spec.template.metadata?.annotations), (it) =>
        hasPrefix(it, RIGHTS_PREFIXES),
      ),
  },
  {
    message: "every volumeMount of a container must name one of the pod's volumes",
    breaches: (spec) => unmounted(containersOf(spec), spec.template.spec.volumes),
  },
  {
    message: "every volumeMount of an init container must name one of the pod's volumes",
    breaches: (spec) => unmounted(initContainersOf(spec), spec.template.spec.volumes),
  },
  {
    message: 'a container and an init container may not share a name; rename one',
    breaches: (spec) => {
      const names = new Set(spec.template.spec.containers.map(({ name }) => name));
      return breaking(initContainersOf(spec), ({ name }) => names.has(name));
    },
  },
  {
    message:
      'a volume takes exactly one of emptyDir, configMap, secret and persistentVolumeClaim; other kinds are not carried to members',
    breaches: (spec) =>
      breaking(
        each(`${POD}.volumes`, spec.template.spec.volumes),
        (it) => countSet(it.emptyDir, it.configMap, it.secret, it.persistentVolumeClaim) !== 1,
      ),
  },
];

const CONTAINER_RULES: readonly Rule[] = [
  {
    message: 'an environment variable has a value or a valueFrom, not both; remove one',
    breaches: (spec) => breaking(envOf(spec), (it) => countSet(it.value, it.valueFrom) > 1),
  },
  {
    message: 'valueFrom takes exactly one of secretKeyRef, configMapKeyRef and fieldRef',
    breaches: (spec) => {
      const sources = envOf(spec).flatMap(([path, { valueFrom }]) => part(`${path}.valueFrom`, valueFrom));
      return breaking(sources, (it) => countSet(it.secretKeyRef, it.configMapKeyRef, it.fieldRef) !== 1);
    },
  },
  {
    message:
      'only cpu, memory, ephemeral-storage and hugepages may be asked for here; accelerators are set by the operator from spec.accelerators, remove them',
    breaches: (spec) =>
      breaking(quantitiesOf(spec), (it) => Object.keys(it).some((name) => !ALLOWED_RESOURCES.includes(name))),
  },
  {
    message: 'a probe takes exactly one of httpGet, tcpSocket, grpc and exec',
    breaches: (spec) => {
      const probes = containersOf(spec).flatMap(([path, it]) => [
        ...part(`${path}.readinessProbe`, it.readinessProbe),
        ...part(`${path}.livenessProbe`, it.livenessProbe),
        ...part(`${path}.startupProbe`, it.startupProbe),
      ]);
      return breaking(probes, (it) => countSet(it.httpGet, it.tcpSocket, it.grpc, it.exec) !== 1);
    },
  },
  {
    message: 'preStop takes exactly one of httpGet and sleep',
    breaches: (spec) => {
      const hooks = containersOf(spec).flatMap(([path, it]) =>
        part(`${path}.lifecycle.preStop`, it.lifecycle?.preStop),
      );
      return breaking(hooks, (it) => countSet(it.httpGet, it.sleep) !== 1);
    },
  },
];

/** Every rule, in the order in which issues are told. */
export const INFERENCE_DEPLOYMENT_RULES: readonly Rule[] = [...REPLICA_RULES, ...TEMPLATE_RULES, ...CONTAINER_RULES];
