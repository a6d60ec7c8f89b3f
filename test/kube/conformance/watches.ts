/** Watches: order, selection, bookmarks, the past that is gone. */
import { expect } from 'chai';
import { aConfigMap, aWidget } from '../../support/apiserver-objects.ts';
import { textOf, type Json, type WatchReader } from '../../support/apiserver-fixture.ts';
import {
  bodyOf,
  checkArea,
  configMaps,
  refusal,
  versionOf,
  widgets,
  type Subject,
} from '../../support/conformance-check.ts';

const MARK = { suite: 'watches' };
const marked = (name: string, labels: object = {}): object => aConfigMap(name, {}, { labels: { ...MARK, ...labels } });
const SELECTED = 'labelSelector=suite%3Dwatches';

async function versionNow(subject: Subject): Promise<string> {
  return versionOf(bodyOf(await subject.http.get(`${configMaps(subject)}?${SELECTED}`), 200));
}

const watch = (subject: Subject, query: string): Promise<WatchReader> =>
  subject.http.watch(`${configMaps(subject)}?watch=true&${SELECTED}&${query}`);

async function following<Result>(
  watching: Promise<WatchReader>,
  use: (it: WatchReader) => Promise<Result>,
): Promise<Result> {
  const reader = await watching;
  try {
    return await use(reader);
  } finally {
    reader.close();
  }
}

const codeOf = (object: Json | undefined): unknown => [object?.['kind'], object?.['code'], object?.['reason']];

/** A watch that starts there is refused as too old: at once, or in its first event. */
async function expectExpired(subject: Subject, version: string): Promise<void> {
  await following(watch(subject, `resourceVersion=${version}`), async (reader) => {
    const event = await reader.next();
    expect([reader.status, event?.type, codeOf(event?.object)]).to.deep.equal([
      200,
      'ERROR',
      ['Status', 410, 'Expired'],
    ]);
    expect(await reader.next()).to.equal(null);
  });
}

export const WATCHES = checkArea('watches', {
  'tells what happens after a version, in order, once each': async (subject) => {
    const from = await versionNow(subject);
    await following(watch(subject, `resourceVersion=${from}`), async (reader) => {
      bodyOf(await subject.http.post(configMaps(subject), marked('a')), 201);
      bodyOf(await subject.http.patch(`${configMaps(subject)}/a`, 'merge', { data: { k: 'v' } }), 200);
      bodyOf(await subject.http.patch(`${configMaps(subject)}/a`, 'merge', { data: { k: 'v' } }), 200);
      bodyOf(await subject.http.delete(`${configMaps(subject)}/a`), 200);
      expect(await reader.take(3)).to.deep.equal(['ADDED a', 'MODIFIED a', 'DELETED a']);
    });
  },
  'tells what was there before to a watch from no version or from 0': async (subject) => {
    bodyOf(await subject.http.post(configMaps(subject), marked('a')), 201);
    for (const query of ['', 'resourceVersion=0']) {
      await following(watch(subject, query), async (reader) => expect(await reader.take(1)).to.deep.equal(['ADDED a']));
    }
  },
  'gives a deleted object the version of its end': async (subject) => {
    const created = bodyOf(await subject.http.post(configMaps(subject), marked('a')), 201);
    await following(watch(subject, `resourceVersion=${versionOf(created)}`), async (reader) => {
      bodyOf(await subject.http.delete(`${configMaps(subject)}/a`), 200);
      const event = await reader.next();
      expect(event?.type).to.equal('DELETED');
      expect(Number(versionOf(event?.object ?? {}))).to.be.greaterThan(Number(versionOf(created)));
    });
  },
  'tells of an object that comes and goes from the selection as of one that comes and goes': async (subject) => {
    bodyOf(await subject.http.post(configMaps(subject), aConfigMap('a')), 201);
    const from = await versionNow(subject);
    await following(watch(subject, `resourceVersion=${from}`), async (reader) => {
      const label = (suite: string | null): object => ({ metadata: { labels: { suite } } });
      bodyOf(await subject.http.patch(`${configMaps(subject)}/a`, 'merge', label('watches')), 200);
      bodyOf(await subject.http.patch(`${configMaps(subject)}/a`, 'merge', label(null)), 200);
      const added = await reader.next();
      const gone = await reader.next();
      expect([added?.type, gone?.type]).to.deep.equal(['ADDED', 'DELETED']);
      // What it was like while it was selected.
      expect(gone?.object['metadata']?.['labels'] ?? null).to.deep.equal(MARK);
    });
  },
  'streams what is there, then a bookmark that says so': async (subject) => {
    bodyOf(await subject.http.post(configMaps(subject), marked('a')), 201);
    const query = 'sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
    await following(watch(subject, query), async (reader) => {
      expect(await reader.take(1)).to.deep.equal(['ADDED a']);
      const bookmark = await reader.next();
      const marks = bookmark?.object['metadata']?.['annotations']?.['k8s.io/initial-events-end'];
      expect([bookmark?.type, marks]).to.deep.equal(['BOOKMARK', 'true']);
    });
    refusal(await subject.http.get(`${configMaps(subject)}?watch=true&sendInitialEvents=true`), 422, 'Invalid');
  },
  'sends a bookmark before it ends, to those who ask for them': async (subject) => {
    const from = await versionNow(subject);
    await following(
      watch(subject, `resourceVersion=${from}&allowWatchBookmarks=true&timeoutSeconds=5`),
      async (reader) => {
        // Of what is not selected the watch learns by the bookmark alone.
        bodyOf(await subject.http.post(configMaps(subject), aConfigMap('unseen')), 201);
        const bookmark = await reader.next();
        expect([bookmark?.type, bookmark?.object['kind']]).to.deep.equal(['BOOKMARK', 'ConfigMap']);
        expect(Number(versionOf(bookmark?.object ?? {}))).to.be.greaterThan(Number(from));
      },
    );
  },
  'ends after the time that was asked for': async (subject) => {
    const from = await versionNow(subject);
    await following(watch(subject, `resourceVersion=${from}&timeoutSeconds=1`), async (reader) =>
      expect(await reader.next()).to.equal(null),
    );
  },
  'refuses a past that it has forgotten with 410 Expired': async (subject) => {
    const from = versionOf(bodyOf(await subject.http.post(configMaps(subject), marked('a')), 201));
    bodyOf(await subject.http.patch(`${configMaps(subject)}/a`, 'merge', { data: { k: 'v' } }), 200);
    await subject.forgetHistory();
    await expectExpired(subject, from);
  },
  'refuses a version that is none': async (subject) => {
    refusal(await subject.http.get(`${configMaps(subject)}?watch=true&resourceVersion=nonsense`), 500, '');
    refusal(await subject.http.get(`${configMaps(subject)}?resourceVersion=nonsense`), 400, 'BadRequest');
  },
  'watches one object by its name': async (subject) => {
    const from = await versionNow(subject);
    const path = `${configMaps(subject)}?watch=true&resourceVersion=${from}&fieldSelector=metadata.name%3Db`;
    await following(subject.http.watch(path), async (reader) => {
      for (const name of ['a', 'b']) bodyOf(await subject.http.post(configMaps(subject), marked(name)), 201);
      expect(await reader.take(1)).to.deep.equal(['ADDED b']);
    });
  },
  'watches custom resources alike': async (subject) => {
    const from = versionOf(bodyOf(await subject.http.get(widgets(subject)), 200));
    await following(subject.http.watch(`${widgets(subject)}?watch=true&resourceVersion=${from}`), async (reader) => {
      bodyOf(await subject.http.post(widgets(subject), aWidget('w')), 201);
      const status = { metadata: { name: 'w' }, status: { phase: 'Up' } };
      bodyOf(await subject.http.patch(`${widgets(subject)}/w/status`, 'merge', status), 200);
      const [added, modified] = [await reader.next(), await reader.next()];
      expect([added?.type, modified?.type, textOf(modified?.object['status']?.['phase'])]).to.deep.equal([
        'ADDED',
        'MODIFIED',
        'Up',
      ]);
    });
  },
});
