// What `helm test` runs, in the operator's image: is the operator ready, and would the API server take an example?
// Nothing is stored: the example is a dry run.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const ACCOUNT = process.env.ACCOUNT ?? '/var/run/secrets/kubernetes.io/serviceaccount';
const { NAMESPACE, READYZ, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
const PATIENCE_MS = 30_000;
const PAUSE_MS = 1_000;

const EXAMPLE = {
  apiVersion: 'tradewind.dev/v1alpha1',
  kind: 'InferenceDeployment',
  metadata: { name: 'helm-test', namespace: NAMESPACE },
  spec: {
    replicas: 1,
    accelerators: [{ model: 'L4', count: 1 }],
    template: { spec: { containers: [{ name: 'server', image: 'registry.example.com/server:1' }] } },
  },
};

const pause = () => new Promise((resume) => setTimeout(resume, PAUSE_MS));

async function untilReady() {
  if (!READYZ) return 'readiness was not asked: metrics.service is off';
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const said = await fetch(READYZ, { signal: AbortSignal.timeout(5_000) }).then(
      async (answer) => ({ ok: answer.ok, text: await answer.text() }),
      (error) => ({ ok: false, text: String(error.cause ?? error) }),
    );
    if (said.ok) return 'the operator is ready';
    if (Date.now() > deadline) throw new Error(`the operator is not ready: ${said.text}`);
    await pause();
  }
}

function dryRun() {
  const path = `/apis/tradewind.dev/v1alpha1/namespaces/${NAMESPACE}/inferencedeployments?dryRun=All&fieldValidation=Strict`;
  const options = {
    host: host.includes(':') ? `[${host}]` : host,
    port,
    path,
    method: 'POST',
    ca: readFileSync(`${ACCOUNT}/ca.crt`),
    headers: {
      authorization: `Bearer ${readFileSync(`${ACCOUNT}/token`, 'utf8').trim()}`,
      'content-type': 'application/json',
    },
    timeout: PATIENCE_MS,
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () =>
        answer.statusCode === 201
          ? resolve('the API server would take an InferenceDeployment')
          : reject(new Error(`the API server refused an example: ${answer.statusCode} ${text}`)),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error('the API server did not answer')));
    sent.on('error', reject);
    sent.end(JSON.stringify(EXAMPLE));
  });
}

try {
  process.stdout.write(`${await untilReady()}\n`);
  process.stdout.write(`${await dryRun()}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
