/** Names that resolve to where nobody should connect. */
import type { LookupAddress, LookupOptions } from 'node:dns';
import { expect } from 'chai';
import type { Resolve } from '../../operator/kube/guarded-lookup.ts';
import { guardedLookup } from '../../operator/kube/guarded-lookup.ts';

const resolvingTo =
  (...addresses: readonly string[]): Resolve =>
  (_hostname, _options, done) => {
    const found = addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }));
    done(null, found);
  };

function lookUp(resolve: Resolve, options: LookupOptions = {}, allowLoopback = false): unknown {
  let answer: unknown;
  guardedLookup({ allowLoopback }, resolve)('api.example.com', options, (error, ...rest) => {
    answer = error === null ? rest : error.code;
  });
  return answer;
}

describe('guardedLookup', () => {
  it('passes on what may be connected to', () => {
    expect(lookUp(resolvingTo('203.0.113.5'))).to.deep.equal(['203.0.113.5', 4]);
    expect(lookUp(resolvingTo('10.0.0.5', 'fd00::5'), { all: true })).to.deep.equal([
      [
        { address: '10.0.0.5', family: 4 },
        { address: 'fd00::5', family: 6 },
      ],
    ]);
  });

  it('leaves out what may not, and finds nothing when nothing is left', () => {
    expect(lookUp(resolvingTo('169.254.169.254', '203.0.113.5'))).to.deep.equal(['203.0.113.5', 4]);
    for (const address of ['169.254.169.254', '127.0.0.1', '::1', 'fe80::1', '::ffff:127.0.0.1', 'fd00:ec2::254']) {
      expect(lookUp(resolvingTo(address)), address).to.equal('ENOTFOUND');
    }
    expect(lookUp(resolvingTo('127.0.0.1'), {}, true)).to.deep.equal(['127.0.0.1', 4]);
  });

  it('passes on that a name is unknown', () => {
    const failing: Resolve = (_hostname, _options, done) => {
      done(Object.assign(new Error('unknown'), { code: 'EAI_AGAIN' }), []);
    };
    expect(lookUp(failing)).to.equal('EAI_AGAIN');
  });
});
