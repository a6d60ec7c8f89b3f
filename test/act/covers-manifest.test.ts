import { expect } from 'chai';
import { assert, jsonValue, property } from 'fast-check';
import { coversManifest } from '../../operator/act/covers-manifest.ts';

describe('coversManifest', () => {
  it('is true of what says the same and more', () => {
    const wanted = { spec: { ports: [{ port: 80 }], ready: false } };
    const standing = { spec: { ports: [{ port: 80, protocol: 'TCP' }], ready: false, clusterIP: '10.0.0.1' } };
    expect(coversManifest(standing, wanted)).to.equal(true);
  });

  it('is false of another value, a field that is missing, and a list that is longer or shorter', () => {
    expect(coversManifest({ a: 1 }, { a: 2 })).to.equal(false);
    expect(coversManifest({}, { a: 2 })).to.equal(false);
    expect(coversManifest({ a: [1, 2] }, { a: [1] })).to.equal(false);
    expect(coversManifest({ a: [] }, { a: [1] })).to.equal(false);
    expect(coversManifest({ a: [1] }, { a: { 0: 1 } })).to.equal(false);
  });

  it('is true of every value and itself', () => {
    assert(property(jsonValue(), (value) => coversManifest(structuredClone(value), value)));
  });
});
