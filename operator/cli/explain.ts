/** `tradewind explain`: why a deployment is where it is, and what would have to change. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { INFERENCE_DEPLOYMENTS } from '../api/resources.ts';
import { parseInferenceDeployment } from '../api/parse-inference-deployment.ts';
import { createSystemClock } from '../runtime/system-clock.ts';
import { explainPlanned, explainRecorded, type ExplainAnswer } from './plan/explain-answer.ts';
import { explainTable } from './plan/explain-table.ts';
import { moveAnswer } from './plan/move-answer.ts';
import { answering, endingUsageWith2, filesOption, outputOption, toJson } from './plan/output.ts';
import type { DeploymentName } from './plan/plan-answer.ts';
import { fleetFrom, type SourceFlags } from './report/fleet-source.ts';

interface ExplainFlags extends SourceFlags {
  readonly output: 'table' | 'json';
}

function parseName(text: string): DeploymentName {
  const [namespace, name, ...more] = text.split('/');
  if (!namespace || !name || more.length > 0) throw new InvalidArgumentError('Write it as NAMESPACE/NAME.');
  return { namespace, name };
}

async function explain(asked: DeploymentName, flags: SourceFlags): Promise<ExplainAnswer> {
  if (flags.filename === undefined) return explainOnHub(asked, flags);
  const { fleet } = await fleetFrom(flags);
  const answer = explainPlanned(fleet, asked);
  if (answer === null)
    throw new Error(`the files have no InferenceDeployment ${asked.namespace}/${asked.name}; name one that they have`);
  return answer;
}

async function explainOnHub(asked: DeploymentName, { kubeconfig }: SourceFlags): Promise<ExplainAnswer> {
  const { connectHub, DEFAULT_KUBECONFIG } = await import('./report/read-hub.ts');
  const client = connectHub(kubeconfig ?? DEFAULT_KUBECONFIG, createSystemClock());
  try {
    const object = await client.get(INFERENCE_DEPLOYMENTS, asked, new AbortController().signal);
    const { status } = parseInferenceDeployment(object);
    if (status?.lastDecision) return explainRecorded(asked, status.lastDecision, moveAnswer(status));
    throw new Error(
      `nothing has been decided for ${asked.namespace}/${asked.name} yet; kubectl describe shows its conditions`,
    );
  } finally {
    await client.close();
  }
}

export function explainCommand(): Command {
  return endingUsageWith2(new Command('explain'))
    .description('Tell why a deployment is where it is: the cost of every offering, or the rule that refused it.')
    .argument('<namespace/name>', 'the InferenceDeployment', parseName)
    .addOption(
      new Option('--kubeconfig <file>', 'of the hub, where the last decision is recorded').conflicts('filename'),
    )
    .addOption(filesOption('plan these files and folders instead, without any cluster'))
    .addOption(outputOption(['table', 'json']))
    .action((asked: DeploymentName, flags: ExplainFlags) =>
      answering('explain', async () => {
        const answer = await explain(asked, flags);
        return flags.output === 'json' ? toJson(answer) : explainTable(answer);
      }),
    );
}
