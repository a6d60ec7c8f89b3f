/** Reads the alerts of the chart, and makes the table of them for its README. */
import { load } from 'js-yaml';

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

export interface AlertGroup {
  readonly name: string;
  readonly rules: readonly Alert[];
}

export const readAlerts = (text: string): readonly AlertGroup[] => load(text) as readonly AlertGroup[];

/** For a README: a line for each alert. */
export const alertTable = (text: string): string =>
  [
    '| alert | severity | after | |',
    '|---|---|---|---|',
    ...readAlerts(text)
      .flatMap(({ rules }) => rules)
      .map((it) => `| \`${it.alert}\` | ${it.labels.severity} | ${it.for} | ${it.annotations.summary} |`),
  ].join('\n');
