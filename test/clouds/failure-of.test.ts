import { expect } from 'chai';
import { failureOf } from '../../operator/clouds/failure-of.ts';
import { RetryableError, TerminalError } from '../../operator/model/errors.ts';
import { seconds } from '../../operator/model/units.ts';

describe('failureOf', () => {
  it('is terminal where trying again cannot help, and retryable elsewhere', () => {
    for (const code of ['Credentials', 'Forbidden', 'NotFound', 'Invalid'] as const)
      expect(failureOf(code, 'x')).to.be.instanceOf(TerminalError);
    for (const code of ['Busy', 'Capacity', 'Quota', 'Throttled', 'ServerError', 'Timeout', 'Conflict'] as const)
      expect(failureOf(code, 'x')).to.be.instanceOf(RetryableError);
  });

  it('carries how long to wait', () => {
    expect(failureOf('Throttled', 'x', seconds(3))).to.have.property('retryAfter', 3_000);
  });

  it('keeps tokens and signatures out of its message', () => {
    const message = failureOf(
      'ServerError',
      `GET https://sts/?X-Amz-Credential=AKIAABCDEFGHIJKLMNOP/x&X-Amz-Signature=deadbeef&X-Amz-Security-Token=FwoGZX Bearer abc.def.ghi k8s-aws-v1.aHR0cHM6 ?sig=s3cr3t client_secret=hunter2`,
    ).message;
    for (const secret of ['AKIAABCDEFGHIJKLMNOP', 'deadbeef', 'FwoGZX', 'abc.def.ghi', 'aHR0cHM6', 's3cr3t', 'hunter2'])
      expect(message).not.to.include(secret);
  });

  it('does not carry a page', () => {
    expect(failureOf('ServerError', 'x'.repeat(100_000)).message.length).to.be.at.most(400);
  });
});
