import { expect } from 'chai';
import * as fc from 'fast-check';
import { AZURE_ERROR_CODES, azureErrorTranslator } from '../../../operator/clouds/aks/translate-error.ts';
import { isFailure } from '../../../operator/model/errors.ts';
import { CANARY } from '../../support/clouds-endpoints.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';

/** An error as the SDK throws it. */
const restError = (code: string | undefined, message = 'why', more: object = {}): Error =>
  Object.assign(new Error(message), { name: 'RestError', code, statusCode: 400, ...more });
/** An error as the credentials throw it. */
const signInError = (message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { name: 'AuthenticationRequiredError', ...more });

describe('azureErrorTranslator', () => {
  const translate = azureErrorTranslator(new SteppedClock());
  const codeOf = (error: unknown) => translate(error, 'describe').code;

  for (const [name, code] of Object.entries(AZURE_ERROR_CODES)) {
    it(`takes ${name} for ${code}`, () => {
      expect(codeOf(restError(name))).to.equal(code);
    });
  }

  it('takes what no service wrote for a broken answer, whatever its status', () => {
    for (const statusCode of [200, 302, 400, 401, 403, 404, 500, 503])
      expect(codeOf(restError(undefined, 'Unexpected status code', { statusCode }))).to.equal('ServerError');
    expect(codeOf(restError(undefined, 'x', { statusCode: 429 }))).to.equal('Throttled');
    expect(codeOf(restError(undefined, 'x', { statusCode: 412 }))).to.equal('Conflict');
  });

  it('knows a quota by its text, where the code alone says "busy"', () => {
    const quota =
      'Operation could not be completed as it results in exceeding approved standardNDSH100v5Family Cores quota.';
    expect(codeOf(restError('OperationNotAllowed', quota))).to.equal('Quota');
    expect(codeOf(restError('OperationNotAllowed', 'Another operation (Scaling) is in progress'))).to.equal('Busy');
  });

  it('finds a shortage inside the code that wraps it', () => {
    const wrapped = 'Code="OverconstrainedZonalAllocationRequest" Message="Allocation failed."';
    expect(codeOf(restError('ReconcileVMSSAgentPoolFailed', wrapped))).to.equal('Capacity');
  });

  it('tells a broken connection and a lapsed time limit', () => {
    expect(codeOf(restError('ECONNREFUSED'))).to.equal('Unreachable');
    expect(codeOf(restError('UNABLE_TO_VERIFY_LEAF_SIGNATURE'))).to.equal('Unreachable');
    expect(codeOf(restError('REQUEST_SEND_ERROR'))).to.equal('Unreachable');
    expect(codeOf(Object.assign(new Error('The operation was aborted.'), { name: 'AbortError' }))).to.equal('Timeout');
  });

  it('tells an identity that is refused from an Entra that cannot be asked', () => {
    expect(codeOf(signInError('invalid_client: AADSTS7000215: Invalid client secret provided.'))).to.equal(
      'Credentials',
    );
    expect(codeOf(signInError('network_error: See https://aka.ms/msal.js.errors#network_error'))).to.equal(
      'Unreachable',
    );
    expect(codeOf(signInError('temporarily_unavailable: throttled'))).to.equal('ServerError');
    expect(codeOf(signInError('failed', { statusCode: 503 }))).to.equal('ServerError');
    expect(codeOf(signInError('failed', { statusCode: 429 }))).to.equal('Throttled');
  });

  it('takes a machine without any identity for that, though its metadata service is "unreachable"', () => {
    const text =
      'ChainedTokenCredential authentication failed.\nCredentialUnavailableError: EnvironmentCredential is unavailable.\nCredentialUnavailableError: ManagedIdentityCredential: Network unreachable. Message: network_error: See https://aka.ms/msal.js.errors#network_error';
    const error = Object.assign(new Error(text), { name: 'AggregateAuthenticationError' });
    expect(codeOf(error)).to.equal('Credentials');
  });

  it('makes a failure of anything that can be thrown, and never lets a credential through', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(isFailure(translate(thrown, 'describe'))).to.equal(true);
      }),
    );
    const leaky = [
      restError('PARSE_ERROR', `occurred while parsing the response body - {"kubeconfigs":[{"value":"${CANARY}`),
      restError('InvalidAuthenticationToken', `Bearer ${CANARY}`),
      restError('BadRequest', `https://x/?sig=${CANARY}`, {
        request: { headers: CANARY },
        response: { bodyAsText: CANARY },
      }),
    ];
    for (const failure of leaky.map((error) => translate(error, 'read')))
      expect(JSON.stringify([failure.message, failure.stack, failure.cause ?? ''])).not.to.include(CANARY);
  });
});
