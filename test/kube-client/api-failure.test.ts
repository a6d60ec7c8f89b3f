/** How answers and broken connections are told apart. */
import { expect } from 'chai';
import { failureOfAnswer, failureOfNetwork, probeFailureOf } from '../../operator/kube/api-failure.ts';
import { networkFailureOf } from '../../operator/kube/network-failure.ts';
import type { ErrorCode } from '../../operator/model/errors.ts';
import { RetryableError, TerminalError } from '../../operator/model/errors.ts';
import { seconds } from '../../operator/model/units.ts';
import { status } from '../support/kube-scripted-server.ts';

const answered = (code: number, body: unknown = status(code, 'Reason', 'the message'), retryAfter?: string) =>
  failureOfAnswer('get pods', { code, body: typeof body === 'string' ? body : JSON.stringify(body), retryAfter });

describe('failureOfAnswer', () => {
  const table: readonly (readonly [number, ErrorCode, 'retryable' | 'terminal'])[] = [
    [400, 'Invalid', 'terminal'],
    [401, 'Credentials', 'terminal'],
    [403, 'Forbidden', 'terminal'],
    [404, 'NotFound', 'terminal'],
    [405, 'Invalid', 'terminal'],
    [408, 'Timeout', 'retryable'],
    [409, 'Conflict', 'retryable'],
    [410, 'Gone', 'retryable'],
    [422, 'Invalid', 'terminal'],
    [429, 'Throttled', 'retryable'],
    [500, 'ServerError', 'retryable'],
    [503, 'ServerError', 'retryable'],
    [302, 'ServerError', 'retryable'],
  ];
  for (const [code, expected, kind] of table) {
    it(`takes ${code} for ${expected}, ${kind}`, () => {
      const failure = answered(code);
      expect(failure).to.be.instanceOf(kind === 'retryable' ? RetryableError : TerminalError);
      expect(failure).to.include({ code: expected });
      expect(failure.message).to.equal(`get pods was answered with ${code} Reason: the message`);
    });
  }

  it('does not take a namespace that goes away for a missing permission', () => {
    const body = { ...status(403, 'Forbidden'), details: { causes: [{ reason: 'NamespaceTerminating' }] } };
    expect(answered(403, body)).to.be.instanceOf(RetryableError).and.include({ code: 'Busy' });
  });

  it('reads how long to wait from the header, then from the status', () => {
    const body = { ...status(503, 'ServiceUnavailable'), details: { retryAfterSeconds: 9 } };
    expect(answered(503, body, '4')).to.have.property('retryAfter', seconds(4));
    expect(answered(503, body)).to.have.property('retryAfter', seconds(9));
    expect(answered(503, body, 'Wed, 21 Oct 2026 07:28:00 GMT')).to.have.property('retryAfter', seconds(9));
    expect(answered(503)).to.have.property('retryAfter', null);
  });

  it('repeats nothing of a body that is no status', () => {
    expect(answered(502, '<html>secret</html>').message).to.equal('get pods was answered with 502');
    expect(answered(500, 'x'.repeat(10_000)).message).to.have.lengthOf.below(60);
    expect(answered(500, status(500, 'InternalError', 'y'.repeat(10_000))).message).to.have.lengthOf.below(500);
  });
});

describe('networkFailureOf', () => {
  const coded = (code: string): Error => Object.assign(new Error('low'), { code });
  const wrapped = (cause: Error): Error => new TypeError('fetch failed', { cause });

  for (const [code, expected] of [
    ['ECONNREFUSED', 'Refused'],
    ['EHOSTUNREACH', 'Refused'],
    ['ECONNRESET', 'Reset'],
    ['UND_ERR_SOCKET', 'Reset'],
    ['ETIMEDOUT', 'Timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', 'Timeout'],
    ['ENOTFOUND', 'Dns'],
    ['EAI_AGAIN', 'Dns'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'Tls'],
    ['CERT_HAS_EXPIRED', 'Tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'Tls'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'Tls'],
    ['EPROTO', 'Tls'],
  ] as const) {
    it(`takes ${code} for ${expected}, however deep it lies`, () => {
      expect(networkFailureOf(wrapped(coded(code)))).to.equal(expected);
      expect(networkFailureOf(wrapped(new AggregateError([coded(code)])))).to.equal(expected);
      expect(probeFailureOf(failureOfNetwork('get /readyz', wrapped(coded(code))))).to.equal(expected);
    });
  }

  it('knows a timeout by its name, and leaves alone what is no network failure', () => {
    expect(networkFailureOf(new DOMException('late', 'TimeoutError'))).to.equal('Timeout');
    expect(networkFailureOf(new Error('a bug'))).to.equal(null);
    expect(networkFailureOf('text')).to.equal(null);
  });
});

describe('probeFailureOf', () => {
  it('tells credentials, throttling and server errors from an outage', () => {
    expect(probeFailureOf(answered(401))).to.equal('Credentials');
    expect(probeFailureOf(answered(403))).to.equal('Credentials');
    expect(probeFailureOf(answered(429))).to.equal('Throttled');
    expect(probeFailureOf(answered(500))).to.equal('ServerError');
    expect(probeFailureOf(new RetryableError('no answer', { code: 'Timeout' }))).to.equal('Timeout');
    expect(probeFailureOf(answered(404))).to.equal('Other');
    expect(probeFailureOf(new Error('a bug'))).to.equal('Other');
  });
});
