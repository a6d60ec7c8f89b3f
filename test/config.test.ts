import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readConfig, SETTINGS, type Flags } from '../operator/config.ts';
import { TerminalError } from '../operator/model/errors.ts';

const read = (flags: Flags = {}, env: Record<string, string> = {}) =>
  readConfig(flags, { env, hostname: 'host', pid: 7 });

const refusal = (flags: Flags): string => {
  try {
    read(flags);
  } catch (error) {
    if (error instanceof TerminalError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
};

describe('readConfig', () => {
  it('prefers a flag to the environment and the environment to the default', () => {
    expect(read().logLevel).to.equal('info');
    expect(read({}, { TRADEWIND_LOG_LEVEL: 'warn' }).logLevel).to.equal('warn');
    expect(read({ logLevel: 'debug' }, { TRADEWIND_LOG_LEVEL: 'warn' }).logLevel).to.equal('debug');
  });

  it('knows itself by host and process unless it is given a name', () => {
    expect(read().identity).to.equal('host_7');
    expect(read({ identity: 'pod-0' }).identity).to.equal('pod-0');
  });

  it('reads addresses of both families', () => {
    expect(read({ listen: '0.0.0.0:9090' }).listen).to.deep.equal({ host: '0.0.0.0', port: 9090 });
    expect(read({ listen: '[::1]:0' }).listen).to.deep.equal({ host: '::1', port: 0 });
  });

  it('finds the API server of its own cluster where the kubelet tells it', () => {
    expect(read().inCluster).to.equal(null);
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
    expect(read({}, env).inCluster).to.deep.equal({ host: '10.0.0.1', port: '443' });
  });

  it('names the setting that is wrong, by variable and by flag, and what it must be', () => {
    expect(refusal({ listen: 'nowhere' })).to.match(/TRADEWIND_LISTEN \(--listen .*must be host:port/);
    expect(refusal({ listen: 'h:99999' })).to.match(/TRADEWIND_LISTEN/);
    expect(refusal({ logLevel: 'loud' })).to.match(/TRADEWIND_LOG_LEVEL .*one of debug, info, warn, error/);
    expect(refusal({ leaderElection: 'yes' })).to.match(/TRADEWIND_LEADER_ELECTION .*true or false/);
    expect(refusal({ requestTimeout: '10s' })).to.match(/TRADEWIND_REQUEST_TIMEOUT_MS .*milliseconds/);
    expect(refusal({ cloudEndpoints: '/nonexistent.json' })).to.match(
      /cannot read the endpoints file \/nonexistent\.json/,
    );
  });

  it("takes the sandbox's addresses and its clock from the endpoints file", () => {
    const dir = mkdtempSync(join(tmpdir(), 'tradewind-config-'));
    try {
      const file = join(dir, 'endpoints.json');
      const clock = { realStart: 1, virtualStart: 2, speed: 3 };
      writeFileSync(file, JSON.stringify({ caPem: 'pem', aws: {}, azure: {}, clock }));
      const config = read({ cloudEndpoints: file });
      expect([config.cloudEndpoints.caPem, config.sandboxClock]).to.deep.equal(['pem', clock]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('is documented setting by setting', () => {
    const rows = readFileSync('operator/README.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `--'));
    const documented = Object.values(SETTINGS).map(
      ({ flag, env, fallback, help }) =>
        `| \`${flag}\` | \`${env}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${help} |`,
    );
    expect(rows).to.deep.equal(documented);
  });
});
