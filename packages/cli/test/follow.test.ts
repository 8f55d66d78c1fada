import { expect, test } from 'vitest';
import { entryLines } from '../src/follow/entryLines.js';
import { JobProgress } from '../src/follow/jobProgress.js';
import { finalLines, liveFrame } from '../src/follow/liveFrame.js';
import { LogPrinter } from '../src/follow/logPrinter.js';
import { PlainView } from '../src/follow/plainView.js';
import { makeColours } from '../src/output/colour.js';
import { jobEvent, logEvent, sampleEntry } from './sampleJob.js';

const colours = makeColours(false);
const canvas = { width: 100, height: 24, now: 0, colours, lost: null };
const daemon = { id: '2b7a1f7e-3c4d-4d5e-8f60-0123456789ab', name: 'berlin-1' };

test('a job that waits shows why, and its place in the queue', () => {
  const progress = new JobProgress();
  const waiting = {
    reason: 'no_daemon_matches' as const,
    message: 'no daemon matches its tags; nearest is berlin-1: lacks gpu=yes',
    nearest: { daemon: 'berlin-1', lacks: ['lacks gpu=yes'] },
    position: 3,
  };
  progress.add(jobEvent({ waiting }), 500);
  expect(liveFrame('Build 1 of dev (start)', progress, { ...canvas, now: 12_500 })).toEqual([
    '⠴ Build 1 of dev (start) · waiting · 12 s',
    '  no daemon matches its tags; nearest is berlin-1: lacks gpu=yes',
    '  2 jobs are before it',
  ]);
});

test('a running job shows its phases, resources with their state, and the last lines', () => {
  const progress = new JobProgress();
  progress.add(jobEvent({ status: 'running', startedAt: 1, daemon }), 0);
  // The daemon's clock is far ahead of this machine's; only differences on one clock may count.
  const clock = 1_000_000;
  progress.add(logEvent(sampleEntry('phase', {}, { at: clock, phase: 'fetch' })), 0);
  progress.add(logEvent(sampleEntry('phase', {}, { at: clock + 200, phase: 'apply' })), 200);
  progress.add(
    logEvent(sampleEntry('resource', { address: 'planned.one', state: 'planned' }, { at: clock + 250 })),
    250,
  );
  progress.add(logEvent(sampleEntry('resource', { address: 'a.b' }, { at: clock + 300 })), 300);
  progress.add(logEvent(sampleEntry('resource', { address: 'c.d', action: 'delete' }, { at: clock + 300 })), 300);
  const done = { address: 'a.b', state: 'complete' as const, elapsedSeconds: 2 };
  progress.add(logEvent(sampleEntry('resource', done, { at: clock + 2_300 })), 2_300);
  progress.add(logEvent(sampleEntry('text', { text: 'hello\u001b[2J' }, { at: clock + 2_300 })), 2_300);
  expect(liveFrame('Build 1', progress, { ...canvas, now: 5_300 })).toEqual([
    '⠸ Build 1 · daemon berlin-1 · 5.3 s',
    '  ✓ fetch 0.2 s  ⠸ apply 5.1 s',
    '  + a.b  created 2.0 s',
    '  - c.d  destroying 5.0 s',
    '  │ hello',
  ]);
});

test('a frame fits a small terminal: the resources under way stay, the others are counted', () => {
  const progress = new JobProgress();
  progress.add(jobEvent({ status: 'running' }), 0);
  progress.add(logEvent(sampleEntry('phase')), 0);
  for (let i = 0; i < 30; i++) {
    progress.add(logEvent(sampleEntry('resource', { address: `a.r${i}`, state: 'complete', elapsedSeconds: 1 })), 0);
  }
  progress.add(logEvent(sampleEntry('resource', { address: 'a.slow', state: 'progress' })), 0);
  progress.add(logEvent(sampleEntry('resource', { address: 'a.bad', state: 'failed', elapsedSeconds: 1 })), 0);
  const frame = liveFrame('A title that is longer than the terminal is wide', progress, {
    ...canvas,
    width: 30,
    height: 8,
  });
  expect(frame).toEqual([
    '⠋ A title that is longer than…',
    '  ⠋ apply 0.0 s',
    '  + a.r28  created 1.0 s',
    '  + a.r29  created 1.0 s',
    '  + a.slow  creating 0.0 s',
    '  + a.bad  could not create 1…',
    '  … and 28 more',
  ]);
});

test('a daemon out of reach and a coordinator that is away are told', () => {
  const progress = new JobProgress();
  progress.add(jobEvent({ status: 'running', daemon, unreachableSince: 0 }), 0);
  const frame = liveFrame('Build 1', progress, { ...canvas, lost: 'no answer' }).join('\n');
  expect(frame).toContain('daemon berlin-1 is unreachable since');
  expect(frame).toContain('no answer');
});

test('another attempt begins anew', () => {
  const progress = new JobProgress();
  progress.add(jobEvent({ status: 'running', daemon }), 0);
  progress.add(logEvent(sampleEntry('phase', {}, { phase: 'init' }), 1), 0);
  progress.add(logEvent(sampleEntry('resource'), 1), 0);
  progress.add(logEvent(sampleEntry('phase', {}, { phase: 'fetch' }), 2), 0);
  expect(liveFrame('Build 1', progress, canvas)).toEqual([
    '⠋ Build 1 · daemon berlin-1 · attempt 2 · 0.0 s',
    '  ⠋ fetch 0.0 s',
  ]);
});

test('what stays of the live view at the end: phases, counts, and diagnostics with their place', () => {
  const progress = new JobProgress();
  progress.add(logEvent(sampleEntry('phase', {}, { at: 0, phase: 'init' })), 0);
  progress.add(logEvent(sampleEntry('phase', {}, { at: 1_500, phase: 'apply' })), 1_500);
  const error = {
    summary: 'Invalid function argument',
    detail: 'No file exists.\nLook again.',
    file: 'main.tf',
    line: 12,
    snippet: '  content = file("x")',
    address: 'local_file.x',
  };
  progress.add(logEvent(sampleEntry('diagnostic', error, { at: 2_000 })), 2_000);
  progress.add(logEvent(sampleEntry('summary', { add: 2, remove: 1 }, { at: 2_100 })), 2_100);
  progress.add(jobEvent({ status: 'failed', finishedAt: 9 }), 2_500);
  expect(finalLines(progress, colours)).toEqual([
    '  ✓ init 1.5 s  ✓ apply 1.0 s',
    '  Done: 2 added, 0 changed, 1 destroyed.',
    '',
    'Error: Invalid function argument',
    '  in main.tf, line 12, with local_file.x',
    '    12 |   content = file("x")',
    '  No file exists.',
    '  Look again.',
  ]);
});

test.each([
  [sampleEntry('phase', {}, { phase: 'init' }), ['== init']],
  [sampleEntry('text', { text: 'a\u001b[31mb', address: 'x.y' }), ['x.y: ab']],
  [sampleEntry('resource', { state: 'planned', action: 'replace' }), ['± terraform_data.a: will replace']],
  [sampleEntry('resource', { state: 'progress', elapsedSeconds: 20 }), ['+ terraform_data.a: creating, 20 s']],
  [
    sampleEntry('resource', { state: 'complete', elapsedSeconds: 0.2, note: 'id=7' }),
    ['+ terraform_data.a: created, 0.2 s (id=7)'],
  ],
  [sampleEntry('resource', { state: 'failed', action: 'delete' }), ['- terraform_data.a: could not destroy']],
  [sampleEntry('summary', { operation: 'plan', add: 1 }), ['Plan: 1 to add, 0 to change, 0 to destroy.']],
  [sampleEntry('diagnostic', { severity: 'warning' }), ['Warning: Invalid value']],
])('a log entry is told in lines', (entry, lines) => {
  expect(entryLines(entry, colours)).toEqual(lines);
});

test('the plain view says each thing once', () => {
  const lines: string[] = [];
  const view = new PlainView(line => lines.push(line));
  const waiting = { reason: 'all_busy' as const, message: 'every slot is busy: a', nearest: null, position: 2 };
  view.add(jobEvent({ waiting }));
  view.add(jobEvent({ waiting: { ...waiting, position: 1 } }));
  view.add(jobEvent({ waiting: { ...waiting, message: 'every matching daemon is offline: a' } }));
  view.add(jobEvent({ status: 'running', daemon }));
  view.add(jobEvent({ status: 'running', daemon, phase: 'apply' }));
  view.add(logEvent(sampleEntry('phase')));
  view.setLost('away');
  view.setLost(null);
  view.add(logEvent(sampleEntry('text', { text: 'again' }), 2));
  expect(lines).toEqual([
    'waiting: every slot is busy: a',
    'waiting: 1 job is before it',
    'waiting: every matching daemon is offline: a',
    'waiting: 1 job is before it',
    '== daemon berlin-1',
    '== apply',
    'away',
    'The coordinator answers again.',
    '== attempt 2',
    'again',
  ]);
});

test('a log is printed as data, as lines or as JSON, and what is said beside it is kept apart', () => {
  const print: string[] = [];
  const tell: string[] = [];
  const options = { print: (l: string) => print.push(l), tell: (l: string) => tell.push(l), colours };
  const plain = new LogPrinter({ ...options, timestamps: true, json: false });
  const waiting = { reason: 'all_busy' as const, message: 'busy', nearest: null, position: 1 };
  plain.add(jobEvent({ waiting }));
  plain.add(jobEvent({ waiting }));
  plain.add(logEvent(sampleEntry('text')));
  expect(tell).toEqual(['waiting: busy']);
  expect(print[0]).toMatch(/^\d\d:\d\d:\d\d text$/);

  const json = new LogPrinter({ ...options, timestamps: false, json: true });
  json.add(logEvent(sampleEntry('text')));
  expect(JSON.parse(print[1] ?? '')).toMatchObject({ attempt: 1, entry: { kind: 'text', text: 'text' } });
});
