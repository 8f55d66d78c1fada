import { berth } from '../berthVariable.js';
import type { TerraformResource } from '../cdktf.js';
import { Expression, type Value } from '../expression.js';
import { hcl, interpolation } from '../hcl.js';
import type { WorkspaceStack } from '../workspaceStack.js';
import type { WorkspaceModel } from './model.js';

/**
 * Has a build fail that would make a disk smaller. Kubernetes refuses that, and so the plugin would rather make another
 * claim, and with it another disk: what is on the old one would be lost.
 */
export function guardDisk(stack: WorkspaceStack, claim: TerraformResource, id: string, model: WorkspaceModel): void {
  const { name, namespace } = model.placement;
  const { size } = model.options.disk;
  const source = `${id}_disk_now`;
  stack.addOverride(`data.kubernetes_persistent_volume_claim_v1.${source}`, {
    // The first build has none yet, and an import is no reason to ask the cluster.
    count: interpolation(hcl`${berth.build.number} > 1 ? 1 : 0`),
    metadata: { name: `${name}`, namespace: `${namespace}` },
  });
  const now = new Expression<string>(
    `data.kubernetes_persistent_volume_claim_v1.${source}[0].spec[0].resources[0].requests["storage"]`,
  );
  claim.addOverride('lifecycle.precondition', [
    {
      // Where the claim is not there, there is nothing to lose.
      condition: interpolation(hcl`try(${bytes(size)} >= ${bytes(now)}, true)`),
      error_message: `The disk has ${hcl`try(${now}, "")`} and cannot shrink to ${size}.`,
    },
  ]);
}

/** A quantity of Kubernetes as a number. */
function bytes(quantity: Value<string>) {
  return hcl<number>`tonumber(regex("^[0-9.]+", ${quantity})) * lookup(${units}, regex("[A-Za-z]*$", ${quantity}), 1)`;
}

const units = Object.fromEntries(
  ['K', 'M', 'G', 'T', 'P'].flatMap((letter, index) => [
    [letter === 'K' ? 'k' : letter, 1000 ** (index + 1)],
    [`${letter}i`, 1024 ** (index + 1)],
  ]),
);
