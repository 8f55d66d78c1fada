import type { StateVersion as StateView } from '@berth/protocol';
import type { StateVersion } from '@berth/store';

/** A state as the API shows it: without the digest of its content, by which a guess of a secret could be tried. */
export function stateView({ state: { serial, lineage, sizeBytes }, ...version }: StateVersion): StateView {
  const { id, build, attempt, kind, engine, createdAt, pushedBy, current, kept } = version;
  return { ...{ id, build, attempt, kind, engine, createdAt, pushedBy, current, kept }, serial, lineage, sizeBytes };
}
