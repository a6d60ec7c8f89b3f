import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ERROR_CODES, failureCode, isFailure, RetryableError, TerminalError } from '../../operator/model/errors.ts';
import { seconds } from '../../operator/model/units.ts';

describe('the error codes', () => {
  it('are documented one by one, each with what to do', () => {
    const rows = readFileSync('operator/model/README.md', 'utf8').matchAll(/^\| `([A-Z]\w+)` \| (.+?) \| (.+) \|$/gm);
    expect([...rows].map(([, code, meaning]) => [code, meaning])).to.deep.equal(Object.entries(ERROR_CODES));
  });
});

describe('failureCode', () => {
  it('is that of both kinds of failure, and none of anything unexpected', () => {
    const cause = new Error('socket hang up');
    const retryable = new RetryableError('wait', { code: 'Throttled', retryAfter: seconds(3), cause });
    const terminal = new TerminalError('no', { code: 'Forbidden' });
    expect([failureCode(retryable), failureCode(terminal), failureCode(cause)]).to.deep.equal([
      'Throttled',
      'Forbidden',
      null,
    ]);
    expect([retryable.retryAfter, retryable.cause, isFailure(cause)]).to.deep.equal([3000, cause, false]);
  });
});
