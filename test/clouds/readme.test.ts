import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { AZURE_ERROR_CODES } from '../../operator/clouds/aks/translate-error.ts';
import { AWS_ERROR_CODES } from '../../operator/clouds/eks/translate-error.ts';
import { isTerminal } from '../../operator/clouds/failure-of.ts';
import type { ErrorCode } from '../../operator/model/errors.ts';

interface Row {
  readonly code: string;
  readonly again: string;
  readonly aws: readonly string[];
  readonly azure: readonly string[];
}

const inBackticks = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');

/** The rows of the table under "## Errors". */
function errorRows(): readonly Row[] {
  const text = readFileSync('operator/clouds/README.md', 'utf8');
  const section = text.slice(text.indexOf('## Errors'));
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| code '))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, code = '', again = '', aws = '', azure = '']) => ({
      code,
      again,
      aws: inBackticks(aws),
      azure: inBackticks(azure),
    }));
}

describe("the README's table of errors", () => {
  const rows = errorRows();
  const table = (cloud: 'aws' | 'azure'): Readonly<Record<string, string>> =>
    Object.fromEntries(rows.flatMap((row) => row[cloud].map((code) => [code, row.code])));

  it('says what the adapters do, in both directions', () => {
    expect(table('aws')).to.deep.equal(AWS_ERROR_CODES);
    expect(table('azure')).to.deep.equal(AZURE_ERROR_CODES);
  });

  it('says of each code whether trying again can help', () => {
    for (const { code, again } of rows) expect(again, code).to.equal(isTerminal(code as ErrorCode) ? 'no' : 'yes');
  });

  it('names no vendor code twice', () => {
    const named = rows.flatMap((row) => row.aws);
    expect(new Set(named).size).to.equal(named.length);
  });
});
