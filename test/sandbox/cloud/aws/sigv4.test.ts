import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  signatureClaim,
  signatureIsValid,
  stampMillis,
  type SignedRequest,
} from '../../../../operator/sandbox/cloud/aws/sigv4.ts';

// Key, secret and signatures of AWS's published test suite for Signature Version 4.
const ACCESS_KEY = 'AKIDEXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

const published = (rawQuery: string, signature: string): SignedRequest => ({
  method: 'GET',
  rawPath: '/',
  rawQuery,
  headers: {
    host: 'example.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    authorization: `AWS4-HMAC-SHA256 Credential=${ACCESS_KEY}/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  },
  body: Buffer.alloc(0),
});

const isValid = (request: SignedRequest, secret = SECRET): boolean => {
  const claim = signatureClaim(request);
  return claim !== null && signatureIsValid(request, claim, secret);
};

const VANILLA = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31';

describe('signatureIsValid', () => {
  it('agrees with the published examples', () => {
    expect(isValid(published('', VANILLA))).to.equal(true);
    const ordered = 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500';
    expect(isValid(published('Param2=value2&Param1=value1', ordered))).to.equal(true);
  });

  it('refuses another secret, method, path, query, header or body', () => {
    const request = published('', VANILLA);
    const { headers } = request;
    const claim = signatureClaim(request);
    if (claim === null) throw new Error('the example is signed');
    expect(isValid(request, 'guess')).to.equal(false);
    for (const change of [
      { method: 'POST' },
      { rawPath: '/other' },
      { rawQuery: 'a=b' },
      { body: Buffer.from('x') },
      { headers: { ...headers, host: 'other.amazonaws.com' } },
      { headers: { ...headers, 'x-amz-content-sha256': 'of-another-body' } },
    ]) {
      expect(signatureIsValid({ ...request, ...change }, claim, SECRET), JSON.stringify(change)).to.equal(false);
    }
    expect(signatureIsValid(request, { ...claim, signature: 'short' }, SECRET)).to.equal(false);
    expect(signatureIsValid(request, { ...claim, date: '20150831' }, SECRET)).to.equal(false);
    expect(signatureIsValid(request, { ...claim, signedHeaders: ['x-amz-date'] }, SECRET)).to.equal(false);
  });

  it('agrees with the client library on any path, query, header and body', async () => {
    const signer = new SignatureV4({
      service: 'eks',
      region: 'eu-north-1',
      sha256: Sha256,
      credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET },
    });
    // Steps of a path that are . or .. are resolved by HTTP clients before anything is signed.
    const step = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/^\.+$/.test(text) && text.isWellFormed());
    // The client library keeps its query in a plain object, which cannot hold this one.
    const name = step.filter((text) => text !== '__proto__');
    const word = fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.array(step), fc.dictionary(name, word), word, async (steps, query, body) => {
        const rawPath = `/${steps.map(encodeURIComponent).join('/')}`;
        const headers = { host: '127.0.0.1:8443', 'x-note': '  two   words ' };
        const request = new HttpRequest({ method: 'POST', hostname: '127.0.0.1', path: rawPath, query, headers, body });
        const signed = await signer.sign(request, { signingDate: new Date('2026-01-01T00:00:00Z') });
        const rawQuery = Object.entries(query)
          .map((pair) => pair.map(encodeURIComponent).join('='))
          .join('&');
        expect(
          isValid({ method: 'POST', rawPath, rawQuery, headers: signed.headers, body: Buffer.from(body) }),
        ).to.equal(true);
      }),
    );
  });
});

describe('signatureClaim', () => {
  it('finds none in requests that are not signed, or not completely', () => {
    const bare = { ...published('', VANILLA), headers: { host: 'example.amazonaws.com' } };
    expect(signatureClaim(bare)).to.equal(null);
    expect(signatureClaim({ ...bare, rawQuery: 'X-Amz-Algorithm=AWS4-HMAC-SHA256' })).to.equal(null);
    for (const authorization of ['Bearer x', 'AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request']) {
      expect(signatureClaim({ ...bare, headers: { authorization } })).to.equal(null);
    }
    const wrongEnd = `AWS4-HMAC-SHA256 Credential=a/b/c/d/aws5, SignedHeaders=host, Signature=00`;
    expect(signatureClaim({ ...bare, headers: { authorization: wrongEnd } })).to.equal(null);
  });
});

describe('stampMillis', () => {
  it('reads the dates of signatures and nothing else', () => {
    expect(stampMillis('20150830T123600Z')).to.equal(Date.UTC(2015, 7, 30, 12, 36));
    for (const text of ['', '2015-08-30T12:36:00Z', '20150830', '20159930T123600Z']) {
      expect(stampMillis(text), text).to.be.NaN;
    }
  });
});
