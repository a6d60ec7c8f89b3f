import { expect } from 'chai';
import * as fc from 'fast-check';
import { AWS_ERROR_CODES, awsErrorTranslator } from '../../../operator/clouds/eks/translate-error.ts';
import { isFailure } from '../../../operator/model/errors.ts';
import { CANARY } from '../../support/clouds-endpoints.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

/** An error as the SDK throws it. */
const sdkError = (name: string, message = 'why', more: object = {}): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 }, ...more });

describe('awsErrorTranslator', () => {
  const translate = awsErrorTranslator(new SteppedClock());
  const codeOf = (error: unknown) => translate(error, 'describe').code;

  for (const [name, code] of Object.entries(AWS_ERROR_CODES)) {
    it(`takes ${name} for ${code}`, () => {
      expect(codeOf(sdkError(name))).to.equal(code);
    });
  }

  it('takes what no service wrote for a broken answer, whatever its status', () => {
    for (const httpStatusCode of [200, 400, 403, 404, 500, 503])
      for (const name of ['SyntaxError', 'Unknown', 'UnknownError', 'NotFound'])
        expect(codeOf(sdkError(name, 'x', { $metadata: { httpStatusCode } }))).to.equal('ServerError');
    expect(codeOf(sdkError('Unknown', 'x', { $metadata: { httpStatusCode: 429 } }))).to.equal('Throttled');
  });

  it("asks Node's code before the SDK's name, which calls a reset a timeout", () => {
    const network = {
      ECONNRESET: 'Unreachable',
      ENOTFOUND: 'Unreachable',
      ETIMEDOUT: 'Timeout',
      CERT_HAS_EXPIRED: 'Unreachable',
    };
    for (const [code, ours] of Object.entries(network))
      expect(codeOf(sdkError('TimeoutError', 'x', { code, $metadata: {} }))).to.equal(ours);
    expect(codeOf(sdkError('TimeoutError', 'x', { $metadata: {} }))).to.equal('Timeout');
  });

  it('tells "not now" from "never" in an invalid request', () => {
    const waits = 'Nodegroup cannot be updated as it is currently not in Active State';
    expect(codeOf(sdkError('InvalidRequestException', waits))).to.equal('Busy');
    expect(codeOf(sdkError('InvalidParameterException', 'Minimum capacity 3 greater than maximum'))).to.equal(
      'Invalid',
    );
  });

  it('makes a failure of anything that can be thrown, and never lets a credential through', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(isFailure(translate(thrown, 'describe'))).to.equal(true);
      }),
    );
    const leaky = sdkError(
      'ValidationError',
      `bad url https://sts/?X-Amz-Signature=${CANARY}&X-Amz-Security-Token=${CANARY}`,
      {
        $response: { headers: { authorization: CANARY } },
      },
    );
    const failure = translate(leaky, 'sign in');
    expect(JSON.stringify([failure.message, failure.stack, failure.cause ?? ''])).not.to.include(CANARY);
  });
});
