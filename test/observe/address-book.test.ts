import { expect } from 'chai';
import { AddressBook, ADDRESS_TTL } from '../../operator/observe/address-book.ts';
import { recordedLog } from '../support/kube-log.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

const NAME = 'lb.example.com';

describe('AddressBook', () => {
  let clock: SteppedClock;
  let answer: readonly string[] | Error;
  let asked: number;
  let told: string[];
  let book: AddressBook;
  beforeEach(() => {
    clock = new SteppedClock();
    [asked, told] = [0, []];
    answer = ['192.0.2.9', '192.0.2.1', '192.0.2.1'];
    const resolve = async (): Promise<readonly string[]> => {
      asked += 1;
      if (answer instanceof Error) throw answer;
      return answer;
    };
    book = new AddressBook({ clock, log: recordedLog(), resolve, onChange: (name) => told.push(name) });
  });

  it('takes an IP address for itself', () => {
    expect(book.addresses('192.0.2.4')).to.deep.equal(['192.0.2.4']);
    expect(asked).to.equal(0);
  });

  it('knows a name soon after it was asked for, and tells', async () => {
    expect(book.addresses(NAME)).to.equal(null);
    await book.settled();
    expect(told).to.deep.equal([NAME]);
    expect(book.addresses(NAME)).to.deep.equal(['192.0.2.1', '192.0.2.9']);
    expect(asked).to.equal(1);
  });

  it('looks up what is old, and tells only of changes', async () => {
    book.addresses(NAME);
    await book.settled();
    await clock.advance(ADDRESS_TTL);
    book.addresses(NAME);
    await book.settled();
    expect([asked, told.length]).to.deep.equal([2, 1]);
    answer = ['192.0.2.7'];
    await clock.advance(ADDRESS_TTL);
    expect(book.addresses(NAME)).to.deep.equal(['192.0.2.1', '192.0.2.9']);
    await book.settled();
    expect(book.addresses(NAME)).to.deep.equal(['192.0.2.7']);
  });

  it('keeps the last good answer when a name does not resolve', async () => {
    book.addresses(NAME);
    await book.settled();
    for (const bad of [new Error('ENOTFOUND'), []]) {
      answer = bad;
      await clock.advance(ADDRESS_TTL);
      book.addresses(NAME);
      await book.settled();
      expect(book.addresses(NAME)).to.deep.equal(['192.0.2.1', '192.0.2.9']);
    }
  });
});
