/** What is written to a terminal, and to a pipe. */
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { LastLines } from '../../../operator/cli/demo/last-lines.ts';
import { Terminal, type Output } from '../../../operator/cli/demo/terminal.ts';

function anOutput(tty: { readonly isTTY?: boolean; readonly columns?: number } = {}) {
  const written: string[] = [];
  const stream: Output = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      written.push(chunk);
      done();
    },
  });
  return { output: Object.assign(stream, tty), text: () => written.join('') };
}

/** What stays on the screen: erased lines gone, colours left out. */
function screen(text: string): readonly string[] {
  const lines: string[] = [];
  const visible = text.replaceAll('\u001b[', '<').replaceAll(/<\d+m/g, '');
  for (const part of visible.split('\n')) {
    const erased = /^<(\d+)A<J(.*)$/s.exec(part);
    if (erased) lines.splice(lines.length - Number(erased[1]));
    lines.push(erased ? (erased[2] ?? '') : part);
  }
  return lines.slice(0, -1);
}

describe('Terminal', () => {
  it('writes plain lines to a pipe, and nothing that would have to be taken back', () => {
    const { output, text } = anOutput();
    const terminal = new Terminal(output);
    terminal.line('a title', 'title');
    terminal.status(['live']);
    terminal.line('bad news', 'bad');
    expect(text()).to.equal('a title\nbad news\n');
  });

  it('keeps the live lines below what was said', () => {
    const { output, text } = anOutput({ isTTY: true, columns: 40 });
    const terminal = new Terminal(output);
    terminal.line('one');
    terminal.status(['live 1', 'live 2']);
    terminal.line('two', 'good');
    expect(screen(text())).to.deep.equal(['one', 'two', 'live 1', 'live 2']);
    terminal.status(['live 3']);
    expect(screen(text())).to.deep.equal(['one', 'two', 'live 3']);
    terminal.status([]);
    expect(screen(text())).to.deep.equal(['one', 'two']);
  });

  it('cuts live lines that would wrap', () => {
    const { output, text } = anOutput({ isTTY: true, columns: 10 });
    new Terminal(output).status(['0123456789abcdef']);
    expect(screen(text())).to.deep.equal(['012345678']);
  });
});

describe('LastLines', () => {
  it('keeps the last lines only', () => {
    const last = new LastLines(2);
    last.stream.write('one\ntwo\n');
    last.stream.write('three\n');
    expect(last.lines).to.deep.equal(['two', 'three']);
  });
});
