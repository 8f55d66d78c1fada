import { type Daemon, formatTags } from '@berth/protocol';
import type { Colours } from '../output/colour.js';
import { printable } from '../output/printable.js';
import { type Column, renderTable } from '../output/table.js';
import { relativeTime } from '../output/time.js';

export function daemonTable(daemons: readonly Daemon[], now: number, colours: Colours): string {
  const columns: Column<Daemon>[] = [
    { title: 'NAME', value: row => printable(row.name) },
    { title: 'STATUS', value: row => row.status, style: (cell, row) => statusColour(row.status, colours)(cell) },
    { title: 'TAGS', value: row => formatTags(row.tags) },
    { title: 'SLOTS', value: row => `${row.busySlots}/${row.slots}` },
    { title: 'VERSION', value: row => row.version },
    { title: 'ENGINE', value: row => `${row.engine.name} ${row.engine.version}` },
    { title: 'SANDBOX', value: row => row.sandbox },
    { title: 'LAST SEEN', value: row => relativeTime(row.lastSeenAt, now) },
  ];
  return renderTable(daemons, columns, colours.dim);
}

function statusColour(status: Daemon['status'], colours: Colours): (text: string) => string {
  return { idle: colours.green, busy: colours.cyan, draining: colours.yellow, offline: colours.dim }[status];
}
