/**
 * Times failovers with default settings: `npm run bench:failover -- [--only refused,black-hole] [--deployments 1,200]
 * [--evacuate 5000] [--real]`. The whole operator over the sandbox or over real control planes, in real time; what is
 * printed counts from the fault. A goal that is missed makes the exit code 1.
 */
import { parseArgs } from 'node:util';
import { evacuation } from './bench/evacuation.ts';
import { Stage } from './bench/failover-stage.ts';
import { STORIES, type Story } from './bench/failover-stories.ts';
import { secondsOf, tell } from './bench/figures.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    deployments: { type: 'string', default: '8' },
    /** So many InferenceDeployments on a member that is lost. */
    evacuate: { type: 'string' },
    real: { type: 'boolean', default: false },
    /** A folder for a CPU profile of the operator, with --evacuate. */
    profile: { type: 'string' },
  },
});

async function play(story: Story, deployments: number): Promise<void> {
  const stage = await Stage.start({
    deployments,
    real: values.real,
    modelLoad: story.modelLoad,
    asksDataPath: story.asksDataPath ?? false,
    slowable: story.slows ?? false,
  });
  try {
    console.log(`  on ${stage.servers}, ${deployments} deployments`);
    const seen = await story.play(stage);
    const { sent, lost, dip } = await stage.endLoad();
    const within = story.appliedWithin;
    const isInTime = within !== undefined && seen.applied !== null && seen.applied <= within;
    tell('verdict', secondsOf(seen.verdict));
    tell('first replacement applied', secondsOf(seen.firstApplied));
    if (within !== undefined)
      tell('all replacements applied', secondsOf(seen.applied), { text: `<= ${within} s`, met: isInTime });
    tell('full recovery', seen.lowest === deployments ? 'nothing was lost' : secondsOf(seen.recovered));
    tell(
      'moves made',
      String(seen.moves),
      story.most === undefined ? undefined : { text: `<= ${story.most}`, met: seen.moves <= story.most },
    );
    tell(
      `requests lost, of ${sent}; from the first to the last`,
      `${lost}; ${secondsOf(dip / 1000)}`,
      story.losesNothing === undefined ? undefined : { text: '0 lost', met: lost === 0 },
    );
    tell(`copies that serve at the lowest, of ${deployments}`, String(seen.lowest));
  } finally {
    await stage.stop();
  }
}

/** The other stories are worth having all the same. */
function tellFailure(error: unknown): void {
  console.log(`  failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

// However it ends, what it has started ends with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const asked = values.only?.split(',') ?? (values.evacuate === undefined ? Object.keys(STORIES) : []);
const sizes = values.deployments.split(',').map(Number);
for (const name of asked) {
  const story = STORIES[name];
  if (story === undefined) throw new Error(`there is no story ${name}; there are ${Object.keys(STORIES).join(', ')}`);
  console.log(`${name}: ${story.title}`);
  for (const deployments of sizes) await play(story, deployments).catch(tellFailure);
}
if (values.evacuate !== undefined)
  await evacuation({ deployments: Number(values.evacuate), real: values.real, profile: values.profile });
