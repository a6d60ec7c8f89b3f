import { expect } from 'chai';
import { minutes, seconds } from '../../operator/model/units.ts';
import { ControllersRig } from '../support/controllers-rig.ts';

describe('DeploymentRecorder', () => {
  let rig: ControllersRig;
  afterEach(() => rig.stop());

  const candidates = (): string =>
    (rig.statusOf('llama')?.lastDecision?.candidates ?? []).map((it) => `${it.cluster} ${it.verdict}`).join(', ');
  const writesOf = (name: string): number =>
    rig.hubKube.calls.filter((call) => call.startsWith('patch ') && call.includes(`/${name}`)).length;

  it('says of what it has just intended that nothing is ready yet, not that it cannot be seen', async () => {
    rig = await ControllersRig.start((it) => it.addMember('aws-a'));
    rig.deploy();
    await rig.pass(seconds(1));
    const ready = rig.statusOf('llama')?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.reason).to.equal('Starting');
    expect(rig.statusOf('llama')?.placements?.[0]?.ready).to.equal(0);
    expect(writesOf('llama')).to.equal(2); // the finalizer and the status
  });

  it('retells how others fare no more often than every five minutes', async () => {
    rig = await ControllersRig.start((it) => {
      it.addMember('aws-a');
      it.addMember('aws-b');
      it.addMember('aws-c');
    });
    rig.deploy();
    await rig.pass(seconds(30));
    const [told, written] = [candidates(), writesOf('llama')];
    rig.addMember('aws-b', { '/spec/cordon': true });
    rig.wakes.fleetChanged();
    await rig.pass(seconds(30));
    expect(writesOf('llama')).to.equal(written);
    expect(candidates()).to.equal(told);
    await rig.pass(minutes(5));
    rig.wakes.fleetChanged();
    await rig.pass(seconds(30));
    expect(candidates()).to.not.equal(told);
    expect(writesOf('llama')).to.equal(written + 1);
  });
});
