import { expect } from 'chai';
import { askedSoFar, askedSince, writesIn } from '../../support/scenario-traffic.ts';
import {
  DNS_ENDPOINTS,
  ENDPOINT_SLICES,
  HTTP_ROUTES,
  INFERENCE_POOLS,
  SERVICES,
  TrafficRig,
  viaDns,
  viaGateway,
  viaService,
} from '../../support/traffic-rig.ts';
import {
  DNS_ENDPOINT_DEFINITION,
  INFERENCE_POOL_DEFINITION,
  installDefinition,
} from '../../../operator/sandbox/load/route-definitions.ts';
import { NAMESPACE } from '../../support/scenario-fleet.ts';

describe('the ways of leading requests', function () {
  this.timeout(150_000);
  let rigged: TrafficRig;
  before(async () => {
    rigged = await TrafficRig.start({ pace: 10, install: ['gateway'] });
  });
  after(() => rigged.stop());

  const names = async (resource: typeof SERVICES): Promise<readonly string[]> =>
    (await rigged.onHub(resource)).map(({ metadata }) => metadata.name);

  it('are EndpointSlices of a Service on the hub, with neither gateway nor dns', async () => {
    await rigged.deploy(viaService);
    expect(await names(SERVICES)).to.deep.equal(['llama']);
    expect(await names(ENDPOINT_SLICES)).to.have.lengthOf(1);
    const report = await rigged.underLoad(() => rigged.rig.pass(2));
    expect(report.losses).to.deep.equal([]);
    expect(report.completed).to.be.greaterThan(0);
  });

  it('write nothing once they stand', async () => {
    const before = askedSoFar(rigged.rig.sandbox);
    await rigged.rig.pass(60);
    const writes = writesIn(askedSince(rigged.rig.sandbox, before)).filter(
      ({ resource }) => !/memberclusters/.test(resource),
    );
    expect(writes).to.deep.equal([]);
  });

  it('repair what somebody else changes', async () => {
    const [slice] = await rigged.onHub(ENDPOINT_SLICES);
    const name = slice?.metadata.name ?? '';
    await rigged.rig.sandbox.hub.api.delete(ENDPOINT_SLICES, name, { namespace: NAMESPACE });
    await rigged.rig.until('it is back', async () => (await names(ENDPOINT_SLICES)).includes(name));
  });

  it('change from one to another, and leave nothing of the first', async () => {
    await rigged.rig.change('llama', { traffic: viaGateway });
    await rigged.rig.until('there is a route', async () => (await names(HTTP_ROUTES)).length === 1);
    await rigged.rig.until('the Service is that of the member', async () => !(await names(SERVICES)).includes('llama'));
    expect(await names(SERVICES)).to.deep.equal(await names(ENDPOINT_SLICES));
  });

  it('say how to install what the hub lacks, and go on when it is there', async () => {
    await rigged.rig.change('llama', { traffic: { ...viaDns, gateway: null } });
    await rigged.untilRouted('ExternalDnsMissing');
    await rigged.rig.untilSettled();
    await rigged.rig.pass(10);
    const before = askedSoFar(rigged.rig.sandbox);
    await rigged.rig.pass(30);
    expect(
      writesIn(askedSince(rigged.rig.sandbox, before)).filter(({ resource }) => !/memberclusters/.test(resource)),
    ).to.deep.equal([]);
    await installDefinition(rigged.rig.sandbox.hub.api, DNS_ENDPOINT_DEFINITION);
    await rigged.untilRouted('Routed');
    const [record] = await rigged.onHub(DNS_ENDPOINTS);
    const spec = record?.['spec'] as { readonly endpoints: readonly object[] } | undefined;
    expect(spec?.endpoints).to.deep.include({
      dnsName: 'llama.example.com',
      recordType: 'A',
      recordTTL: 10,
      setIdentifier: 'aws-east',
      targets: ['198.51.100.1'],
      providerSpecific: [{ name: 'aws/weight', value: '255' }],
    });
    expect(await names(HTTP_ROUTES)).to.deep.equal([]);
  });

  it('have an InferencePool beside the Service of a member, once that serves any, and as long as one is wanted', async () => {
    const { rig } = rigged;
    const pools = async (): Promise<number> => {
      const { api } = rig.sandbox.members.get('aws-east') ?? {};
      return (await api?.list(INFERENCE_POOLS).catch(() => []))?.length ?? 0;
    };
    const picker = { endpointPicker: { name: 'llama-epp', port: 9002 } };
    await rig.change('llama', { traffic: { ...viaGateway, dns: null, inferencePool: picker } });
    await rigged.untilRouted('InferencePoolMissing');
    for (const { api } of rig.sandbox.members.values()) await installDefinition(api, INFERENCE_POOL_DEFINITION);
    await rig.hurryUntil('there is a pool', async () => (await pools()) === 1, 60);
    await rigged.untilRouted('Routed');
    await rig.change('llama', { traffic: { ...viaGateway, inferencePool: null } });
    await rig.until('there is none', async () => (await pools()) === 0);
  });

  it('end with spec.traffic, on the hub and on the members', async () => {
    await rigged.rig.change('llama', { traffic: null });
    await rigged.rig.until('nothing is left', async () => {
      const member = rigged.rig.sandbox.members.get('aws-east');
      const onMember = (await member?.api.list(SERVICES, { namespace: NAMESPACE })) ?? [];
      const onHub = await Promise.all([SERVICES, ENDPOINT_SLICES, DNS_ENDPOINTS].map(names));
      return onMember.length === 0 && onHub.every((it) => it.length === 0);
    });
  });
});
