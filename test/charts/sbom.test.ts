import { expect } from 'chai';
import { withoutDevelopment } from '../../hack/sbom.ts';

describe('withoutDevelopment', () => {
  const development = [{ name: 'cdx:npm:package:development', value: 'true' }];

  it('leaves out what only development needs, and every mention of it', () => {
    const bill = {
      components: [{ 'bom-ref': 'a@1' }, { 'bom-ref': 'a@2', properties: development }],
      dependencies: [
        { ref: 'root', dependsOn: ['a@1', 'a@2'] },
        { ref: 'a@2', dependsOn: [] },
      ],
    };
    expect(withoutDevelopment(bill)).to.deep.equal({
      components: [{ 'bom-ref': 'a@1' }],
      dependencies: [{ ref: 'root', dependsOn: ['a@1'] }],
    });
  });
});
