import type { StateVersion } from '@berth/protocol';
import type { Colours } from '../output/colour.js';
import { size } from '../output/size.js';
import { type Column, renderTable } from '../output/table.js';
import { relativeTime } from '../output/time.js';

export function stateTable(states: readonly StateVersion[], now: number, colours: Colours): string {
  const columns: Column<StateVersion>[] = [
    { title: 'BUILD', value: row => String(row.build), align: 'right' },
    { title: 'KIND', value: row => row.kind },
    { title: 'CURRENT', value: row => (row.current ? 'yes' : '') },
    { title: 'ATTEMPT', value: row => (row.attempt === null ? '' : String(row.attempt)), align: 'right' },
    { title: 'SERIAL', value: row => String(row.serial), align: 'right' },
    { title: 'SIZE', value: row => size(row.sizeBytes), align: 'right' },
    { title: 'ENGINE', value: row => `${row.engine.name} ${row.engine.version}` },
    { title: 'CREATED', value: row => relativeTime(row.createdAt, now) },
    { title: 'BY', value: row => row.pushedBy?.username ?? '' },
    { title: 'REMARK', value: row => (row.kept ? '' : 'dropped for its age') },
  ];
  return renderTable(states, columns, colours.dim);
}
