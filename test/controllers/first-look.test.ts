import { expect } from 'chai';
import { enoughIsKnown } from '../../operator/controllers/first-look.ts';
import { MEMBER_CLUSTERS } from '../../operator/api/resources.ts';
import { RetryableError } from '../../operator/model/errors.ts';
import { seconds } from '../../operator/model/units.ts';
import { ControllersRig } from '../support/controllers-rig.ts';
import { NOW } from '../support/fleet-workload.ts';

const failing = (): Error => new RetryableError('not now', { code: 'ServerError' });

describe('enoughIsKnown', () => {
  let rig: ControllersRig;
  afterEach(() => rig.stop());

  const begin = async (prepare: (rig: ControllersRig) => void): Promise<void> => {
    rig = new ControllersRig();
    prepare(rig);
    rig.observe();
    rig.lead();
    await rig.pass(seconds(2));
  };
  const isKnown = (): boolean => {
    const { fleet, beliefs, clock } = rig;
    return enoughIsKnown({ fleet, beliefs, clock, startedAt: NOW });
  };

  it('is so when the hub is listed and there are no members', async () => {
    await begin(() => {});
    expect(isKnown()).to.equal(true);
  });

  it('is not so before the hub is listed, however long that takes', async () => {
    await begin((it) => {
      it.hubKube.fault = (verb) => (verb === 'list' ? failing() : null);
    });
    expect(isKnown()).to.equal(false);
    await rig.pass(seconds(60));
    expect(isKnown()).to.equal(false);
  });

  it('is so when every member has been probed, listed and priced', async () => {
    await begin((it) => it.addMember('aws-a'));
    expect(isKnown()).to.equal(true);
  });

  it('is so without the lists of one that does not answer', async () => {
    await begin((it) => {
      const member = it.addMember('aws-a');
      member.broken = failing();
      member.fault = failing;
    });
    expect(isKnown()).to.equal(true);
  });

  for (const [what, prepare] of [
    ['its lists', (it: ControllersRig) => (it.member('aws-a').fault = (verb) => (verb === 'list' ? failing() : null))],
    ['its prices', (it: ControllersRig) => (it.clouds.aws.prices = [])],
  ] as const) {
    it(`waits for ${what}, but not for ever`, async () => {
      await begin((it) => {
        it.addMember('aws-a');
        prepare(it);
      });
      expect(isKnown()).to.equal(false);
      await rig.pass(seconds(13));
      expect(isKnown()).to.equal(true);
    });
  }

  it('does not wait for a member whose spec cannot be read', async () => {
    await begin((it) => it.addMember('aws-a', { '/spec/aks': { name: 'too' } }));
    expect(rig.hubKube.all(MEMBER_CLUSTERS)).to.have.length(1);
    expect(isKnown()).to.equal(true);
  });
});
