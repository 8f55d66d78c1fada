import { type BerthError, guardHolds } from '@berth/protocol';
import { isReserved } from './leftOut.js';
import { linkTargetError } from './linkTarget.js';
import { refused } from './refused.js';

/** An entry of an archive as far as its name goes. */
export interface NamedEntry {
  path: string;
  kind: 'file' | 'folder' | 'symbolic_link' | 'hard_link';
  /** Target of a link. */
  target: string;
}

type Known = 'file' | 'folder' | 'link' | 'implied_folder';

/**
 * Checks the names of an archive's entries one after the other, with all before them in mind. What has passed can be
 * unpacked without leaving the folder: every entry has a name of its own below it, none lies behind a link or a file,
 * and links stay inside.
 */
export class EntryNames {
  readonly #known = new Map<string, Known>();

  /** @throws BerthError `archive_refused` */
  check(entry: NamedEntry): void {
    if (!guardHolds('daemon.archive_paths')) return;
    const names = namesOf(entry);
    const last = names.pop();
    if (last === undefined) {
      if (entry.kind !== 'folder') throw refused(entry.path, 'has no name of its own');
      return;
    }
    const top = names[0] ?? last;
    if (isReserved(top)) throw refused(entry.path, "is terraform's own and cannot come with a template");
    this.#enterFolders(entry, names);
    const path = [...names, last].join('/');
    if (entry.kind === 'symbolic_link') {
      const error = linkTargetError(names, entry.target);
      if (error !== null) throw refused(entry.path, error);
    }
    if (entry.kind === 'hard_link') this.#checkHardLink(entry);
    const known = this.#known.get(path);
    if (known === 'implied_folder' && entry.kind !== 'folder') throw both(entry.path);
    if (known !== undefined && known !== 'implied_folder') throw refused(entry.path, 'is in the archive twice');
    this.#known.set(path, knownAs[entry.kind]);
  }

  /** The folders on the way to an entry must be folders, said or implied. */
  #enterFolders(entry: NamedEntry, names: readonly string[]): void {
    for (let depth = 1; depth <= names.length; depth++) {
      const folder = names.slice(0, depth).join('/');
      const known = this.#known.get(folder);
      if (known === 'link') throw refused(entry.path, `would be written through the link '${folder}'`);
      if (known === 'file') throw both(folder);
      if (known === undefined) this.#known.set(folder, 'implied_folder');
    }
  }

  /** A hard link to a link would carry that link to another place, from where it may lead out. */
  #checkHardLink(entry: NamedEntry): void {
    const target = namesOf({ ...entry, path: entry.target }, entry.path).join('/');
    const known = this.#known.get(target);
    if (known !== 'file') throw refused(entry.path, `is a hard link to '${entry.target}', which is no file before it`);
  }
}

const knownAs = { file: 'file', folder: 'folder', symbolic_link: 'link', hard_link: 'file' } as const;

/** The names that a path is made of. `blamed` is the entry to name when the path is that of a link's target. */
function namesOf(entry: NamedEntry, blamed?: string): string[] {
  const leads = blamed === undefined ? 'has' : 'is a hard link to';
  if (entry.path.startsWith('/')) throw refused(blamed ?? entry.path, `${leads} an absolute path`);
  const names = entry.path.split('/').filter(name => name !== '' && name !== '.');
  if (names.includes('..')) throw refused(blamed ?? entry.path, `${leads} a path with '..'`);
  if (names.some(name => Buffer.byteLength(name) > 255)) throw refused(entry.path, 'has a name that is too long');
  return names;
}

function both(path: string): BerthError {
  return refused(path, 'is a file and a folder at once');
}
