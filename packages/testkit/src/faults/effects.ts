import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Problem } from './problem.js';

/** How many resources of the template a running workspace has, and how many of them survive a stop. */
export const SLOTS = 4;
export const KEPT_SLOTS = 2;

/** Template whose resources make files outside; it says itself how. */
export const countedTemplate = resolve(import.meta.dirname, '../../../../fixtures/counted');

const LOOK_MS = 500;

/** A file that a resource made. */
export interface Effect {
  /** Id of the resource. */
  id: string;
  workspace: string;
  slot: number;
  /** Number of the build that made it. */
  build: number;
}

/** The world outside: what the builds of a run made. */
export class Effects {
  constructor(readonly folder: string) {
    for (const name of ['live', 'tmp', 'engines']) mkdirSync(join(folder, name), { recursive: true });
  }

  live(): Effect[] {
    return readdirSync(join(this.folder, 'live')).map(id => {
      const [workspace = '', slot, build] = readFileSync(join(this.folder, 'live', id), 'utf8')
        .trim()
        .split(' ');
      return { id, workspace, slot: Number(slot), build: Number(build) };
    });
  }

  /** Tells of each two terraforms that meet at work on one workspace, until it is to stop. */
  async watch(stop: AbortSignal, found: (problem: Problem) => void): Promise<void> {
    let known = 0;
    const look = () => {
      const all = this.#meetings();
      for (const meeting of all.slice(known)) found(meeting);
      known = all.length;
    };
    while (!stop.aborted) {
      await delay(LOOK_MS);
      look();
    }
  }

  #meetings(): Problem[] {
    const file = join(this.folder, 'two-engines');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    return lines.map(line => {
      const [workspace = '', build, ...text] = line.split(' ');
      return { kind: 'overlapped', workspace, build: Number(build), text: text.join(' ') };
    });
  }
}
