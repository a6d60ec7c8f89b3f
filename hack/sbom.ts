/**
 * Prints the bill of materials of what is bundled, as CycloneDX: `node hack/sbom.ts`. npm writes it; what only development
 * needs is taken out here, because `npm sbom --omit=dev` also leaves out a dependency that development has in another version.
 */
import { execFileSync } from 'node:child_process';

interface Component {
  readonly 'bom-ref': string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

interface BillOfMaterials {
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const isForDevelopment = ({ properties = [] }: Component): boolean =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');

/** The bill without what only development needs. */
export function withoutDevelopment(bill: BillOfMaterials): BillOfMaterials {
  const dropped = new Set(bill.components.filter(isForDevelopment).map((it) => it['bom-ref']));
  const components = bill.components.filter((it) => !dropped.has(it['bom-ref']));
  const dependencies = bill.dependencies
    .filter(({ ref }) => !dropped.has(ref))
    .map((it) => ({ ...it, dependsOn: it.dependsOn.filter((ref) => !dropped.has(ref)) }));
  return { ...bill, components, dependencies };
}

if (import.meta.main) {
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const text = execFileSync('npm', args, { encoding: 'utf8', maxBuffer: 64e6, stdio: ['ignore', 'pipe', 'ignore'] });
  process.stdout.write(`${JSON.stringify(withoutDevelopment(JSON.parse(text) as BillOfMaterials), null, 2)}\n`);
}
