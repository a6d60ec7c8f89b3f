/** The report's parts as heads and rows: the same for the terminal and for HTML. */
import { billText, dollars, percent, PROVIDER_NAMES } from '../plan/money.ts';
import type { ExitAnswer, ReportAnswer } from '../plan/report-answer.ts';

export interface Section {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** In the order in which they are read. */
export function reportSections(report: ReportAnswer): readonly Section[] {
  const sections = [deployments(report), vendors(report), instead(report), exits(report), notes(report)];
  return sections.filter(({ rows }) => rows.length > 0);
}

const deployments = ({ deployments: rows, todayHourlyUSD }: ReportAnswer): Section => ({
  title: `What runs now: ${dollars(todayHourlyUSD)} an hour`,
  head: ['Deployment', 'Accelerators', '$/h'],
  rows: rows.map((it) => [`${it.namespace}/${it.name}`, String(it.accelerators), it.hourlyUSD.toFixed(2)]),
});

const vendors = ({ vendors: rows }: ReportAnswer): Section => ({
  title: 'Who holds it',
  head: ['Vendor', '$/h', 'Share of spend', 'Accelerators', 'Share of accelerators'],
  rows: rows.map((it) => [
    PROVIDER_NAMES[it.provider],
    it.hourlyUSD.toFixed(2),
    percent(it.spendShare),
    String(it.accelerators),
    percent(it.acceleratorShare),
  ]),
});

const instead = ({ instead: { onDemand, spot, byProvider } }: ReportAnswer): Section => ({
  title: 'What the same would cost an hour',
  head: ['', 'An hour'],
  rows: [
    ...byProvider.map(({ provider, ...bill }) => [`On ${PROVIDER_NAMES[provider]} alone`, billText(bill)]),
    ['All on spot', billText(spot)],
    ['All on demand', billText(onDemand)],
  ],
});

const exits = ({ exits: rows }: ReportAnswer): Section => ({
  title: 'If a vendor left',
  head: ['Vendor', 'The rest costs an hour', 'Finds no place'],
  rows: rows.map((it) => [PROVIDER_NAMES[it.provider], afterwards(it), broken(it)]),
});

const afterwards = ({ hourlyUSD, extraHourlyUSD }: ExitAnswer): string =>
  `${dollars(hourlyUSD)} (${extraHourlyUSD < 0 ? dollars(extraHourlyUSD) : `+${dollars(extraHourlyUSD)}`})`;

const broken = ({ unplaced }: ExitAnswer): string =>
  unplaced
    .map(({ namespace, name, units, reasons: [first] }) => {
      const why = first === undefined ? '' : ` (${first.message})`;
      return `${namespace}/${name}: ${units} units${why}`;
    })
    .join('; ') || 'nothing';

const notes = ({ notes: rows }: ReportAnswer): Section => ({
  title: 'Left out',
  head: ['Object'],
  rows: rows.map((it) => [it]),
});
