import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { documentedValues } from '../../hack/chart-docs.ts';
import { crdTemplate, generateCharts } from '../../hack/generate-charts.ts';

const yamlIn = (folder: string): readonly string[] => readdirSync(folder).filter((it) => it.endsWith('.yaml'));

describe('generateCharts', () => {
  for (const { path, text } of generateCharts())
    it(`${path} is as \`node hack/generate-charts.ts\` makes it`, () => {
      expect(readFileSync(path, 'utf8') === text, 'differs: run node hack/generate-charts.ts').to.equal(true);
    });

  it('leaves no template of a definition that is gone', () => {
    expect(yamlIn('charts/tradewind/templates/crds').toSorted()).to.deep.equal(yamlIn('crds').toSorted());
  });
});

describe('crdTemplate', () => {
  const crd = 'kind: CustomResourceDefinition\nmetadata:\n  name: a.b\nspec:\n  note: "{{ x }}"\n';

  it('keeps braces of the definition from Helm', () => {
    expect(crdTemplate('a.b', crd)).to.contain('note: "{{ "{{" }} x {{ "}}" }}"');
  });

  it('refuses a definition whose metadata it does not know', () => {
    expect(() => crdTemplate('c.d', crd)).to.throw('c.d: no plain metadata');
  });
});

describe('documentedValues', () => {
  it('takes a comment of several lines, and a map with a comment as one value', () => {
    const text = 'a:\n  # -- One\n  # and more.\n  b: 1\n# -- Whole.\nc:\n  d: {}\n';
    expect(documentedValues(text)).to.deep.equal([
      { path: 'a.b', fallback: 1, text: 'One and more.' },
      { path: 'c', fallback: { d: {} }, text: 'Whole.' },
    ]);
  });

  it('demands a comment for every value', () => {
    expect(() => documentedValues('a:\n  b: 1\n')).to.throw('a.b has no comment');
  });
});
