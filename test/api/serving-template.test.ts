import { expect } from 'chai';
import { servingTemplate } from '../../operator/api/serving-template.ts';
import { seconds } from '../../operator/model/units.ts';
import { viaService } from '../support/traffic-plans.ts';

const template = { spec: { containers: [{ name: 'server' }, { name: 'sidecar' }] } };
const viaDns = { port: 8000, via: { kind: 'Dns', hostname: 'llama.example.com', ttl: seconds(60) } } as const;

describe('servingTemplate', () => {
  it('keeps pods serving for a while when they are deleted', () => {
    expect(servingTemplate(template, viaService)).to.deep.equal({
      spec: {
        terminationGracePeriodSeconds: 70,
        containers: [{ name: 'server', lifecycle: { preStop: { sleep: { seconds: 10 } } } }, { name: 'sidecar' }],
      },
    });
  });

  it('waits for resolvers too, where records tell the way', () => {
    const spec = servingTemplate(template, viaDns)['spec'] as { terminationGracePeriodSeconds: number };
    expect(spec.terminationGracePeriodSeconds).to.equal(130);
  });

  it('leaves alone what leads no requests, and what says itself how it stops', () => {
    expect(servingTemplate(template, null)).to.equal(template);
    const own = { spec: { containers: [{ name: 'server', lifecycle: { preStop: { sleep: { seconds: 3 } } } }] } };
    expect(servingTemplate(own, viaService)).to.equal(own);
    expect(servingTemplate({}, viaService)).to.deep.equal({});
  });

  it('keeps a grace period that is given', () => {
    const given = { spec: { ...template.spec, terminationGracePeriodSeconds: 300 } };
    expect(servingTemplate(given, viaService)['spec']).to.include({ terminationGracePeriodSeconds: 300 });
  });
});
