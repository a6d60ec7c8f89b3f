/** What a log line looks like, and what never appears in one. */
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { RetryableError } from '../../operator/model/errors.ts';
import type { Log } from '../../operator/runtime/log.ts';
import { redactText, redactValue } from '../../operator/runtime/redact.ts';
import { SILENT_LOG } from '../../operator/runtime/silent-log.ts';
import type { WinstonLogOptions } from '../../operator/runtime/winston-log.ts';
import { createWinstonLog, LOG_LEVELS } from '../../operator/runtime/winston-log.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

function aLog(overrides: Partial<WinstonLogOptions> = {}): { log: Log; text: () => string; lines: () => unknown[] } {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  const log = createWinstonLog({ level: 'info', format: 'json', clock: new SteppedClock(), stream, ...overrides });
  const lines = (): unknown[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
  return { log, text: () => text, lines };
}

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2EifQ.c2lnbmF0dXJl';
const PEM = `-----BEGIN RSA PRIVATE KEY-----\nMIIcanary7f3a\n-----END RSA PRIVATE KEY-----`;

/** Text that must be logged without the canary in it. */
const SECRETS: readonly (readonly [string, string])[] = [
  ['a private key', PEM.replace('MIIcanary7f3a', 'MIIcanary7f3a')],
  ['a key that was cut off', '-----BEGIN PRIVATE KEY-----\nMIIcanary7f3a'],
  ['a JWT', `token ${JWT.replace('c2lnbmF0dXJl', 'canary7f3a')} refused`],
  ['an EKS token', 'got k8s-aws-v1.aHR0cHM6Ly9canary7f3a'],
  ['an AWS key id', 'key AKIACANARY7F3A012345 is unknown'.replace('CANARY7F3A', 'canary7f3a'.toUpperCase())],
  ['a bearer header', 'Authorization: Bearer canary7f3a-opaque'],
  ['a basic header', 'authorization: basic Y2FuYXJ5canary7f3a=='],
  ['a SAS URL', 'GET https://x.blob.core.windows.net/c?sv=1&sig=canary7f3a%3D&se=2'],
  ['a presigned URL', 'GET https://sts/?X-Amz-Signature=canary7f3a&X-Amz-Security-Token=canary7f3a'],
  ['a form', 'grant_type=client_credentials&client_secret=canary7f3a&scope=x'],
  ['a URL with a password', 'https://admin:canary7f3a@api.example.com/'],
  ['a JSON body', 'answered {"access_token":"canary7f3a","kind":"x"}'],
  ['a credential response', '{"SecretAccessKey":"canary7f3a"}'],
];

describe('createWinstonLog', () => {
  it('writes one JSON object a line, with the scope of its children', () => {
    const { log, lines } = aLog();
    const child = log.child({ controller: 'placement' }).child({ memberCluster: 'aws-a' });
    child.info('verdict changed', { verdict: 'Down', count: 3 });
    log.warn('watch interrupted');
    expect(lines()).to.deep.equal([
      {
        time: '2026-01-01T00:00:00.000Z',
        level: 'info',
        msg: 'verdict changed',
        controller: 'placement',
        memberCluster: 'aws-a',
        verdict: 'Down',
        count: 3,
      },
      { time: '2026-01-01T00:00:00.000Z', level: 'warn', msg: 'watch interrupted' },
    ]);
  });

  it('writes nothing below its level', () => {
    const { log, lines } = aLog({ level: 'warn' });
    log.debug('evaluated');
    log.info('changed');
    log.error('broke');
    expect(lines()).to.have.lengthOf(1);
  });

  it('writes text for a person when asked to', () => {
    const { log, text } = aLog({ format: 'text' });
    log.info('verdict changed', { memberCluster: 'aws-a', count: 3 });
    expect(text()).to.equal('00:00:00.000 INFO  verdict changed memberCluster=aws-a count=3\n');
  });

  it('shows an error as name, code, message and causes, without the rest of it', () => {
    const { log, lines } = aLog();
    const low = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), {
      code: 'ECONNREFUSED',
      body: 'canary7f3a',
      response: { headers: { authorization: 'canary7f3a' } },
    });
    log.warn('probe failed', { err: new RetryableError('get /readyz', { code: 'Unreachable', cause: low }) });
    expect(lines()[0]).to.have.deep.property('err', {
      name: 'RetryableError',
      code: 'Unreachable',
      message: 'get /readyz',
      cause: { name: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.0.1:443' },
    });
  });

  it('shows where an error came from that nobody foresaw', () => {
    const { log, lines } = aLog();
    log.error('reconcile failed', { err: new TypeError('x is not a function') });
    expect(lines()[0]).to.have.nested.property('err.stack').that.includes('winston-log.test.ts');
  });

  it('shows whatever was thrown', () => {
    const { log, lines } = aLog();
    log.error('reconcile failed', { err: { token: 'canary7f3a' } });
    log.error('reconcile failed', { err: 'text' });
    expect(lines()[0]).to.have.deep.property('err', { name: 'NotAnError', message: 'object' });
    expect(lines()[1]).to.have.deep.property('err', { name: 'NotAnError', message: 'text' });
  });

  it('shows the first of several errors and does not follow causes in a circle', () => {
    const { log, lines } = aLog();
    const circle: Error & { cause?: unknown } = new Error('round');
    circle.cause = circle;
    log.error('reconcile failed', { err: circle });
    log.error('reconcile failed', { err: new AggregateError([new Error('first')], 'all failed') });
    expect(lines()[1]).to.have.nested.property('err.cause.message', 'first');
  });

  for (const [what, secret] of SECRETS) {
    it(`never shows ${what}, wherever it stands`, () => {
      const { log, text } = aLog();
      const nested = new Error(`outer ${secret}`, { cause: new Error(secret) });
      log.child({ reason: secret }).error(`message ${secret}`, { phase: secret, err: nested });
      log.error('again', { err: Object.assign(new Error('coded'), { code: secret }) });
      log.error('thrown', { err: secret });
      expect(text()).to.contain('[redacted]');
      expect(text().toLowerCase()).not.to.contain('canary7f3a');
    });
  }

  it('never shows values under names that are those of secrets', () => {
    const names = [
      'token',
      'clientSecret',
      'password',
      'Authorization',
      'client-key-data',
      'secretAccessKey',
      'apiKey',
    ];
    const { log, text } = aLog();
    for (const name of names) log.info('read', { [name]: 'canary7f3a' });
    expect(text()).not.to.contain('canary7f3a');
    expect(text().match(/\[redacted\]/gu)).to.have.lengthOf(names.length);
  });

  it('does not end the process when nobody reads it', () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const { log } = aLog({ stream });
    expect(() => log.info('changed')).not.to.throw();
  });
});

describe('redactValue', () => {
  it('keeps what is no secret', () => {
    expect(redactValue({ cluster: 'aws-a', count: 2, list: ['a'], none: null })).to.deep.equal({
      cluster: 'aws-a',
      count: 2,
      list: ['a'],
      none: null,
    });
    expect(redactText('eyes on tokens=3 of sig and Bearer')).to.equal('eyes on tokens=3 of sig and Bearer');
  });

  it('cuts what is deep, long or no data', () => {
    let deep: unknown = 'end';
    for (let level = 0; level < 20; level += 1) deep = { deep };
    expect(JSON.stringify(redactValue(deep))).to.contain('[deep]');
    expect(redactText('x'.repeat(1_000_000))).to.have.lengthOf.below(2_010);
    expect(redactValue([new Uint8Array(4), () => 1, 10n, new Date(0)])).to.deep.equal([
      '[bytes]',
      '[function]',
      '10',
      '1970-01-01T00:00:00.000Z',
    ]);
  });

  it('is not slow on hostile text', () => {
    const texts = [
      'eyJ'.repeat(20_000),
      'a://'.repeat(20_000),
      '-----BEGIN A-----'.repeat(4_000),
      'sig='.repeat(20_000),
    ];
    const began = performance.now();
    for (const text of texts) redactText(text);
    expect(performance.now() - began).to.be.below(2_000);
  });
});

describe('SILENT_LOG', () => {
  it('takes everything and says nothing', () => {
    const log = SILENT_LOG.child({ phase: 'x' });
    for (const level of LOG_LEVELS) expect(() => log[level]('message', { err: new Error('x') })).not.to.throw();
  });
});
