import type { MirrorCheck, MirrorPackage, VerifiedPackage } from '@berth/daemon/mirror';
import type { Colours } from '../output/colour.js';
import { type Column, renderTable } from '../output/table.js';

const columns: Column<MirrorPackage>[] = [
  { title: 'PLUGIN', value: row => row.address },
  { title: 'VERSION', value: row => row.version },
  { title: 'PLATFORM', value: row => row.platform },
];

/** The plugins of a mirror. */
export function mirrorTable(packages: readonly MirrorPackage[], colours: Colours): string {
  return renderTable(packages, [...columns, { title: 'FORM', value: row => (row.packed ? 'zip' : '') }], colours.dim);
}

/** What a look at all of them has found, the missing ones below. */
export function checkedMirrorText({ packages, missing }: MirrorCheck, colours: Colours): string {
  const verdict: Column<VerifiedPackage> = {
    title: 'VERDICT',
    value: ({ problem, compared }) => problem ?? (compared ? 'ok' : 'readable, with nothing to compare it with'),
    style: (cell, { problem }) => (problem === null ? cell : colours.red(cell)),
  };
  const lines = missing.map(({ address, version }) => colours.red(`missing: ${address} ${version}`));
  const table = packages.length === 0 ? [] : [renderTable(packages, [...columns, verdict], colours.dim)];
  const bad = missing.length + packages.filter(({ problem }) => problem !== null).length;
  const count = packages.length === 1 ? '1 plugin' : `${packages.length} plugins`;
  const end = `${count}, ${bad === 0 ? 'nothing wrong' : bad === 1 ? '1 problem' : `${bad} problems`}.`;
  return [...table, ...lines, end].join('\n');
}
