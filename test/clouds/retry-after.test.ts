import { expect } from 'chai';
import { retryAfter } from '../../operator/clouds/retry-after.ts';
import { instant } from '../../operator/model/units.ts';

describe('retryAfter', () => {
  const now = instant(Date.UTC(2026, 0, 1, 12, 0, 0));

  it('reads seconds', () => {
    expect(retryAfter('7', now)).to.equal(7_000);
  });

  it('reads an HTTP date', () => {
    expect(retryAfter('Thu, 01 Jan 2026 12:00:30 GMT', now)).to.equal(30_000);
  });

  it('does not wait for a date that has passed', () => {
    expect(retryAfter('Thu, 01 Jan 2026 11:59:00 GMT', now)).to.equal(null);
  });

  it('does not let a service put the operator to sleep for long', () => {
    expect(retryAfter('86400', now)).to.equal(15 * 60_000);
  });

  it('makes nothing of a header that says nothing', () => {
    for (const header of [null, undefined, '', ' ', 'soon', '-5']) expect(retryAfter(header, now)).to.equal(null);
  });
});
