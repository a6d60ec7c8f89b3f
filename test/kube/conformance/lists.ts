/** Lists: pages, selectors, forms. */
import { expect } from 'chai';
import { aConfigMap, aPod, aWidget } from '../../support/apiserver-objects.ts';
import { textOf, type Json } from '../../support/apiserver-fixture.ts';
import {
  bodyOf,
  checkArea,
  configMaps,
  namesOf,
  pods,
  refusal,
  widgets,
  versionOf,
  type Subject,
} from '../../support/conformance-check.ts';

/** Configuration maps a to e, of which a to c have a colour, beside the one that controllers may put there. */
async function fill(subject: Subject): Promise<void> {
  const colors = { a: 'red', b: 'red', c: 'green' } as Readonly<Record<string, string>>;
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const color = colors[name];
    const labels = { suite: 'lists', ...(color === undefined ? {} : { color }) };
    bodyOf(await subject.http.post(configMaps(subject), aConfigMap(name, {}, { labels })), 201);
  }
}

const selected = async (subject: Subject, selector: string): Promise<readonly string[]> =>
  namesOf(bodyOf(await subject.http.get(`${configMaps(subject)}?labelSelector=${encodeURIComponent(selector)}`), 200));

export const LISTS = checkArea('lists', {
  'hands out pages of one version, with how many are left': async (subject) => {
    await fill(subject);
    const list = `${configMaps(subject)}?labelSelector=suite%3Dlists`;
    // With a selector nobody counts what is left.
    const first = bodyOf(await subject.http.get(`${list}&limit=2`), 200);
    bodyOf(await subject.http.post(configMaps(subject), aConfigMap('aa', {}, { labels: { suite: 'lists' } })), 201);
    const seen = [...namesOf(first)];
    let page: Json = first;
    for (let token = textOf(page['metadata']?.['continue'] ?? ''); token !== ''; ) {
      page = bodyOf(await subject.http.get(`${list}&limit=2&continue=${encodeURIComponent(token)}`), 200);
      expect(versionOf(page)).to.equal(versionOf(first));
      seen.push(...namesOf(page));
      token = textOf(page['metadata']?.['continue'] ?? '');
    }
    expect(seen).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
    expect(first['metadata']?.['remainingItemCount'] ?? null).to.equal(null);
  },
  'counts what is left where nothing is selected': async (subject) => {
    for (const name of ['x', 'y', 'z']) bodyOf(await subject.http.post(widgets(subject), aWidget(name)), 201);
    const first = bodyOf(await subject.http.get(`${widgets(subject)}?limit=1`), 200);
    expect([namesOf(first), first['metadata']?.['remainingItemCount']]).to.deep.equal([['x'], 2]);
  },
  'refuses a continue token that it did not give': async (subject) => {
    refusal(await subject.http.get(`${configMaps(subject)}?limit=2&continue=nonsense`), 400, 'BadRequest');
  },
  'answers 410 to a continue token from before history was forgotten': async (subject) => {
    await fill(subject);
    const first = bodyOf(await subject.http.get(`${configMaps(subject)}?limit=2`), 200);
    const token = textOf(first['metadata']?.['continue']);
    bodyOf(await subject.http.post(configMaps(subject), aConfigMap('later')), 201);
    await subject.forgetHistory();
    const expired = refusal(
      await subject.http.get(`${configMaps(subject)}?limit=2&continue=${encodeURIComponent(token)}`),
      410,
      'Expired',
    );
    // Who does not mind a gap goes on from here.
    expect(textOf(expired['metadata']?.['continue'] ?? '')).not.to.equal('');
  },
  'selects by labels: equality, sets, presence': async (subject) => {
    await fill(subject);
    expect(await selected(subject, 'color=red')).to.deep.equal(['a', 'b']);
    expect(await selected(subject, 'color in (red, green),suite')).to.deep.equal(['a', 'b', 'c']);
    expect(await selected(subject, 'suite,color notin (red)')).to.deep.equal(['c', 'd', 'e']);
    expect(await selected(subject, 'suite,!color')).to.deep.equal(['d', 'e']);
    expect(await selected(subject, 'suite,color!=red')).to.deep.equal(['c', 'd', 'e']);
  },
  'refuses selectors that it cannot read': async (subject) => {
    refusal(await subject.http.get(`${configMaps(subject)}?labelSelector=a%20in%20(`), 400, 'BadRequest');
    refusal(await subject.http.get(`${configMaps(subject)}?fieldSelector=data.x%3D1`), 400, 'BadRequest');
  },
  'selects by fields: name, a pod of no node, a column of a custom resource': async (subject) => {
    await fill(subject);
    const named = bodyOf(await subject.http.get(`${configMaps(subject)}?fieldSelector=metadata.name%3Db`), 200);
    expect(namesOf(named)).to.deep.equal(['b']);
    bodyOf(await subject.http.post(pods(subject), aPod('waiting')), 201);
    const waiting = await subject.http.get(`${pods(subject)}?fieldSelector=spec.nodeName%3D,status.phase%3DPending`);
    expect(namesOf(bodyOf(waiting, 200))).to.deep.equal(['waiting']);
    for (const color of ['red', 'green'])
      bodyOf(await subject.http.post(widgets(subject), aWidget(color, { color })), 201);
    const green = await subject.http.get(`${widgets(subject)}?fieldSelector=spec.color%3Dgreen`);
    expect(namesOf(bodyOf(green, 200))).to.deep.equal(['green']);
  },
  'leaves kind and version out of items of its own kinds, and in those of custom resources': async (subject) => {
    await fill(subject);
    bodyOf(await subject.http.post(widgets(subject), aWidget('w')), 201);
    const own = bodyOf(await subject.http.get(configMaps(subject)), 200);
    const custom = bodyOf(await subject.http.get(widgets(subject)), 200);
    const kinds = (list: Json): unknown => [list['kind'], list['items']?.['0']?.['kind'] ?? null];
    expect([kinds(own), kinds(custom)]).to.deep.equal([
      ['ConfigMapList', null],
      ['WidgetList', 'Widget'],
    ]);
  },
  'lists from any version when asked for 0, and refuses rules that do not fit': async (subject) => {
    await fill(subject);
    bodyOf(await subject.http.get(`${configMaps(subject)}?resourceVersion=0`), 200);
    refusal(await subject.http.get(`${configMaps(subject)}?resourceVersionMatch=Exact`), 422, 'Invalid');
    refusal(
      await subject.http.get(`${configMaps(subject)}?resourceVersionMatch=Exact&resourceVersion=0`),
      422,
      'Invalid',
    );
    refusal(await subject.http.get(`${configMaps(subject)}?limit=x`), 400, 'BadRequest');
  },
  'answers a version of the future with a timeout': async (subject) => {
    const answer = await subject.http.get(
      `${configMaps(subject)}?resourceVersion=999999999&resourceVersionMatch=NotOlderThan`,
    );
    const status = refusal(answer, 504, 'Timeout');
    expect(textOf(status['message'])).to.contain('Too large resource version');
  },
  'lists as a table, and with metadata alone': async (subject) => {
    bodyOf(await subject.http.post(widgets(subject), aWidget('w')), 201);
    const table = bodyOf(
      await subject.http.get(widgets(subject), { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }),
      200,
    );
    const columns = (table['columnDefinitions'] as unknown as readonly Json[]).map((it) => it['name']);
    expect([table['kind'], columns, table['rows']?.['0']?.['cells']?.['1']]).to.deep.equal([
      'Table',
      ['Name', 'Color', 'Ready'],
      'red',
    ]);
    const partial = bodyOf(
      await subject.http.get(widgets(subject), {
        accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
      }),
      200,
    );
    expect([partial['kind'], partial['items']?.['0']?.['spec'] ?? null]).to.deep.equal([
      'PartialObjectMetadataList',
      null,
    ]);
  },
  'refuses forms that it does not have': async (subject) => {
    refusal(await subject.http.get(configMaps(subject), { accept: 'text/html' }), 406, 'NotAcceptable');
  },
});
