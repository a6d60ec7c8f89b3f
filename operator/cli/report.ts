/** `tradewind report`: what a fleet costs, what it would cost elsewhere, and who could break it by leaving. */
import { Command, Option } from 'commander';
import { formatInstant } from '../api/parse-instant.ts';
import { assertNever } from '../model/assert-never.ts';
import { answering, endingUsageWith2, filesOption, outputOption, toJson } from './plan/output.ts';
import { plainTable } from './plan/plan-table.ts';
import { reportAnswer } from './plan/report-answer.ts';
import { fleetFrom, type SourceFlags } from './report/fleet-source.ts';
import { reportHtml } from './report/report-html.ts';
import { reportSections } from './report/report-sections.ts';

interface ReportFlags extends SourceFlags {
  readonly output: 'table' | 'json' | 'html';
}

async function report(flags: ReportFlags): Promise<string> {
  const { fleet, notes } = await fleetFrom(flags);
  const answer = reportAnswer(fleet, notes);
  switch (flags.output) {
    case 'json':
      return toJson(answer);
    case 'html':
      return reportHtml(reportSections(answer), formatInstant(fleet.at));
    case 'table':
      return reportSections(answer)
        .map(({ title, head, rows }) => `${title}\n\n${plainTable(head, rows)}`)
        .join('\n\n\n');
    default:
      return assertNever(flags.output);
  }
}

export function reportCommand(): Command {
  return endingUsageWith2(new Command('report'))
    .description('Report what a fleet costs now and elsewhere, what each vendor holds, and what breaks if one leaves.')
    .addOption(new Option('--kubeconfig <file>', 'of the hub; default ~/.kube/config').conflicts('filename'))
    .addOption(filesOption('files and folders to read instead of a hub; - is stdin'))
    .addOption(outputOption(['table', 'json', 'html']))
    .action((flags: ReportFlags) => answering('report', () => report(flags)));
}
