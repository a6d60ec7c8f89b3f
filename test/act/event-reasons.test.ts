import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { EVENT_REASONS } from '../../operator/act/event-reasons.ts';

describe('the reasons of events', () => {
  it('are documented one by one', () => {
    const rows = readFileSync('operator/act/README.md', 'utf8')
      .split('\n')
      .filter((line) => /^\| `[A-Z]/.test(line));
    expect(rows).to.deep.equal(
      Object.entries(EVENT_REASONS).map(([reason, meaning]) => `| \`${reason}\` | ${meaning} |`),
    );
  });
});
