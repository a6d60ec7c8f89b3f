/** Services: their defaults, and the cluster addresses and node ports the server gives out. */
import type { KubeDocument } from '../../kube-api.ts';
import { invalidValue } from '../objects/field-error.ts';
import type { JsonMap } from '../objects/json-tree.ts';
import { asList, asMap, isMap } from '../objects/json-tree.ts';
import type { KindRules } from './builtin-strategy.ts';
import { setDefault } from './pod-defaults.ts';

/** Addresses from 10.96.0.2 and ports from 30000 on; what is freed is not given out again. */
class ServiceAllocator {
  #address = 1;
  #port = 29_999;

  nextAddress(): string {
    this.#address += 1;
    return `10.96.${(this.#address >> 8) & 255}.${this.#address & 255}`;
  }

  nextPort(): number {
    this.#port += 1;
    return this.#port;
  }
}

function defaultService(service: KubeDocument): void {
  setDefault(service, 'spec', {});
  const spec = asMap(service['spec']);
  setDefault(spec, 'type', 'ClusterIP');
  setDefault(spec, 'sessionAffinity', 'None');
  for (const port of asList(spec['ports']).filter(isMap)) {
    setDefault(port, 'protocol', 'TCP');
    setDefault(port, 'targetPort', port['port']);
  }
  if (spec['type'] === 'ExternalName') return;
  setDefault(spec, 'ipFamilies', ['IPv4']);
  setDefault(spec, 'ipFamilyPolicy', 'SingleStack');
  setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  if (spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer') {
    setDefault(spec, 'externalTrafficPolicy', 'Cluster');
  }
  if (spec['type'] === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true);
}

function allocate(spec: JsonMap, allocator: ServiceAllocator): void {
  if (spec['type'] === 'ExternalName') return;
  setDefault(spec, 'clusterIP', allocator.nextAddress());
  setDefault(spec, 'clusterIPs', [spec['clusterIP']]);
  if (spec['type'] !== 'NodePort' && spec['type'] !== 'LoadBalancer') return;
  for (const port of asList(spec['ports']).filter(isMap)) {
    if (port['nodePort'] === undefined) port['nodePort'] = allocator.nextPort();
  }
}

/** A service keeps the addresses it has when an update leaves them out. */
function keepAllocations(spec: JsonMap, old: JsonMap): void {
  if (spec['type'] === 'ExternalName') return;
  for (const field of ['clusterIP', 'clusterIPs', 'healthCheckNodePort']) {
    if (old[field] !== undefined) setDefault(spec, field, old[field]);
  }
  const before = asList(old['ports']).filter(isMap);
  if (spec['type'] === 'ClusterIP') return;
  for (const port of asList(spec['ports']).filter(isMap)) {
    const same = before.find((other) => other['port'] === port['port'] && other['protocol'] === port['protocol']);
    if (same?.['nodePort'] !== undefined) setDefault(port, 'nodePort', same['nodePort']);
  }
}

/** Rules with an allocator of their own: one for each server. */
export function serviceRules(): KindRules {
  const allocator = new ServiceAllocator();
  return {
    nameRule: 'label',
    applyDefaults: defaultService,
    prepareForCreate: (draft) => {
      allocate(asMap(draft['spec']), allocator);
      draft['status'] = { loadBalancer: {} };
    },
    prepareForUpdate: (draft, old) => {
      keepAllocations(asMap(draft['spec']), asMap(old['spec']));
      allocate(asMap(draft['spec']), allocator);
    },
    validate: (service, old) => {
      const spec = asMap(service['spec']);
      const before = old === null ? {} : asMap(old['spec']);
      const address = spec['clusterIP'];
      const changed = before['clusterIP'] !== undefined && before['clusterIP'] !== address;
      const errors =
        changed && spec['type'] !== 'ExternalName' && before['type'] !== 'ExternalName'
          ? [invalidValue('spec.clusterIPs[0]', [address], 'may not change once set')]
          : [];
      const needsPorts = spec['type'] !== 'ExternalName' && address !== 'None' && asList(spec['ports']).length === 0;
      if (needsPorts) errors.push({ type: 'FieldValueRequired', field: 'spec.ports', detail: 'Required value' });
      return errors;
    },
  };
}
