/**
 * What the operator adds to the API servers' own time: `npm run bench:api -- [--only latency,rate,footprint,large] [--real]`.
 * Each figure stands beside a raw client's for the same writes in the same run, on the sandbox or on real control planes.
 */
import { parseArgs } from 'node:util';
import { startBenchFleet, type BenchFleet } from './bench/bench-fleet.ts';
import { createLatency } from './bench/create-latency.ts';
import { evenFleet } from './bench/fleets.ts';
import { footprint } from './bench/footprint.ts';
import { largeFleet } from './bench/large-fleet.ts';
import { placementRate } from './bench/placement-rate.ts';
import { aNamespace, NAMESPACE, NAMESPACES } from './bench/subjects.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'latency,rate' },
    real: { type: 'boolean', default: false },
    deployments: { type: 'string', default: '1000' },
    members: { type: 'string', default: '10' },
    /** Of each member, for the footprint. */
    nodes: { type: 'string', default: '100' },
    creates: { type: 'string', default: '200' },
    /** A folder for a CPU profile of the operator. */
    profile: { type: 'string' },
  },
});
/** Nothing gets ready within a bench: readiness is not what is measured. */
const NEVER_READY = '3h';
/** In the mean of AWS's machines and Azure's. */
const ACCELERATORS_PER_NODE = 6;

async function withFleet(scenario: string, bench: (fleet: BenchFleet) => Promise<void>): Promise<void> {
  const fleet = await startBenchFleet({ scenario, real: values.real });
  try {
    for (const api of [fleet.hub, ...fleet.members.values()]) await api.create(NAMESPACES, aNamespace(NAMESPACE));
    console.log(`  on ${fleet.info.servers}, hub and ${fleet.members.size} members`);
    await bench(fleet);
  } finally {
    await fleet.stop();
  }
}

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  latency: () => {
    const creates = Number(values.creates);
    const scenario = evenFleet({ members: 2, acceleratorsPerMember: creates + 10, modelLoad: NEVER_READY });
    return withFleet(scenario, (fleet) => createLatency(fleet, { creates, profile: values.profile }));
  },
  rate: () => {
    const [deployments, members] = [Number(values.deployments), Number(values.members)];
    const acceleratorsPerMember = Math.ceil(deployments / members);
    const scenario = evenFleet({ members, acceleratorsPerMember, modelLoad: NEVER_READY });
    return withFleet(scenario, (fleet) => placementRate(fleet, { deployments, profile: values.profile }));
  },
  footprint: () => {
    const [deployments, members, nodes] = [values.deployments, values.members, values.nodes].map(Number) as [
      number,
      number,
      number,
    ];
    const acceleratorsPerMember = nodes * ACCELERATORS_PER_NODE;
    const scenario = evenFleet({ members, acceleratorsPerMember, modelLoad: '1s' });
    return withFleet(scenario, (fleet) => footprint(fleet, deployments));
  },
  large: () => {
    const [deployments, members, nodes] = [values.deployments, values.members, values.nodes].map(Number) as [
      number,
      number,
      number,
    ];
    return largeFleet({ deployments, members, nodes, profile: values.profile });
  },
};

// However it ends, what it has started ends with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

for (const name of values.only.split(',')) {
  const bench = BENCHES[name];
  if (bench === undefined) throw new Error(`there is no bench ${name}; there are ${Object.keys(BENCHES).join(', ')}`);
  console.log(name);
  await bench();
}
