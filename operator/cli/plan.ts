/** `tradewind plan`: plans a fleet from files, without any cluster. */
import { Command } from 'commander';
import { dump } from 'js-yaml';
import { assertNever } from '../model/assert-never.ts';
import { createSystemClock } from '../runtime/system-clock.ts';
import { offlineFleet } from './plan/offline-fleet.ts';
import { answering, endingUsageWith2, filesOption, outputOption, toJson } from './plan/output.ts';
import { planAnswer, type PlanAnswer } from './plan/plan-answer.ts';
import { planTable } from './plan/plan-table.ts';
import { readDocuments } from './plan/read-documents.ts';

type Format = 'table' | 'json' | 'yaml';

interface PlanFlags {
  readonly filename: readonly string[];
  readonly output: Format;
}

function print(answer: PlanAnswer, format: Format): string {
  switch (format) {
    case 'table':
      return planTable(answer);
    case 'json':
      return toJson(answer);
    case 'yaml':
      return dump(answer).trimEnd();
    default:
      return assertNever(format);
  }
}

export function planCommand(): Command {
  const files = filesOption(
    'files and folders with MemberClusters, InferenceDeployments and a FleetPolicy; - is stdin',
  );
  return endingUsageWith2(new Command('plan'))
    .description('Plan a fleet from files, without any cluster: what goes where, what moves, and what it costs.')
    .addOption(files.makeOptionMandatory())
    .addOption(outputOption(['table', 'json', 'yaml']))
    .action(({ filename, output }: PlanFlags) =>
      answering('plan', () => {
        const clock = createSystemClock();
        return print(planAnswer(offlineFleet(readDocuments(filename), clock.now()), clock), output);
      }),
    );
}
