import { expect } from 'chai';
import * as fc from 'fast-check';
import { formatDecimal, parseDecimal } from '../../operator/api/parse-decimal.ts';
import { formatDuration, parseDuration } from '../../operator/api/parse-duration.ts';
import { formatInstant, parseInstant } from '../../operator/api/parse-instant.ts';
import { parsePercentage } from '../../operator/api/parse-percentage.ts';
import { instant, millis } from '../../operator/model/units.ts';

describe('parseDuration', () => {
  it('adds up hours, minutes, seconds and milliseconds', () => {
    expect(parseDuration('30m')).to.equal(1_800_000);
    expect(parseDuration('1h30m')).to.equal(5_400_000);
    expect(parseDuration('1h2m3s4ms')).to.equal(3_723_004);
    expect(parseDuration('90s')).to.equal(90_000);
    expect(parseDuration('0s')).to.equal(0);
  });

  it('reads nothing that is not one', () => {
    for (const text of ['', '30', 'm', '1.5h', '-1s', '30m1h', '1d', ' 1s', '1s ', '1S', '1234567s', '1s\n'])
      expect(parseDuration(text), text).to.equal(null);
  });

  it('reads back what formatDuration writes', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000_000), (span) => {
        expect(parseDuration(formatDuration(millis(span)))).to.equal(span);
      }),
    );
  });
});

describe('parsePercentage', () => {
  it('reads shares above nothing and up to the whole, exactly', () => {
    expect(parsePercentage('70%')).to.equal(0.7);
    expect(parsePercentage('99.9%')).to.equal(0.999);
    expect(parsePercentage('100%')).to.equal(1);
    expect(parsePercentage('0.001%')).to.equal(0.00001);
  });

  it('reads nothing else', () => {
    for (const text of ['0%', '0.000%', '100.1%', '70', '-1%', '1e2%', '%', '', ' 70%', '70 %'])
      expect(parsePercentage(text), text).to.equal(null);
  });
});

describe('parseDecimal', () => {
  it('reads decimals without a sign or an exponent', () => {
    expect(parseDecimal('0.6')).to.equal(0.6);
    expect(parseDecimal('120.50')).to.equal(120.5);
    expect(parseDecimal('0')).to.equal(0);
    for (const text of ['-1', '+1', '1e3', '1,5', '.5', '1.', 'NaN', 'Infinity', '', '0x10', '1.1234567'])
      expect(parseDecimal(text), text).to.equal(null);
  });

  it('reads back what formatDecimal writes', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), (millionths) => {
        const value = millionths / 1_000_000;
        expect(parseDecimal(formatDecimal(value, 6))).to.be.closeTo(value, 5e-7);
      }),
    );
  });
});

describe('formatDecimal', () => {
  it('writes no zeros that say nothing', () => {
    expect(formatDecimal(98.32, 4)).to.equal('98.32');
    expect(formatDecimal(4, 4)).to.equal('4');
    expect(formatDecimal(100, 4)).to.equal('100');
    expect(formatDecimal(0, 4)).to.equal('0');
    expect(formatDecimal(12.34567, 4)).to.equal('12.3457');
    expect(formatDecimal(1200, 0)).to.equal('1200');
    expect(formatDecimal(-1, 2)).to.equal('0');
  });
});

describe('parseInstant', () => {
  it('reads times of any zone', () => {
    expect(parseInstant('2026-09-01T12:00:00Z')).to.equal(Date.UTC(2026, 8, 1, 12));
    expect(parseInstant('2026-09-01T14:00:00.250+02:00')).to.equal(Date.UTC(2026, 8, 1, 12, 0, 0, 250));
  });

  it('reads nothing that is not one', () => {
    for (const text of ['', 'now', '2026-09-01', '2026-09-01T12:00:00', '2026-13-01T12:00:00Z', '1788264000000'])
      expect(parseInstant(text), text).to.equal(null);
  });

  it('reads back what formatInstant writes, to the millisecond', () => {
    fc.assert(
      fc.property(fc.nat(4_000_000_000_000), (epoch) => {
        expect(parseInstant(formatInstant(instant(epoch)))).to.equal(epoch);
      }),
    );
    expect(formatInstant(instant(0))).to.equal('1970-01-01T00:00:00Z');
  });
});
