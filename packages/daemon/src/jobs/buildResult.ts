import type { AttemptResult, Resource } from '@berth/protocol';
import type { Engine, StateContents, StateResource } from '@berth/terraform';

/** What a build made, as its state has it; nothing, when there is no state. */
export function buildResult(engine: Engine, state: StateContents | null): AttemptResult {
  return {
    type: 'workspace_build',
    engine: { name: engine.name, version: engine.version },
    resources: (state?.resources ?? []).map(toResource),
    outputs: (state?.outputs ?? []).map(({ name, type, value, sensitive }) => {
      return { name, type: type, value: value, sensitive };
    }),
  };
}

function toResource({ address, module, mode, type, name, tainted, deposed }: StateResource): Resource {
  // A deposed object has the address of the one that took its place.
  const shown = deposed === null ? address : `${address} (deposed object ${deposed})`;
  return { address: shown, module, mode, type, name, tainted };
}
