import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { type Engine, type Policy, WarmDirectories, type WarmDirectory, warmKey } from '@berth/terraform';
import { z } from 'zod';

/** What is noted beside a warm directory, so that a build need not read the configuration again. */
const warmNotes = z.object({
  /** The root variables that the template declares. */
  variables: z.array(z.object({ name: z.string(), sensitive: z.boolean() })),
});
export type WarmNotes = z.infer<typeof warmNotes>;

/** A warm directory that is held, with what is noted beside it. To be released. */
export interface OpenWarm {
  directory: WarmDirectory;
  notes: WarmNotes;
}

/** A template version as far as its warm directory goes. */
interface TemplateKey {
  /** sha256 of its archive. */
  archive: string;
  /** sha256 of its lock file; null when its import wrote none, because it needs no plugins. */
  lockFile: string | null;
}

/** Unused for this long, or beyond this much together, warm directories are removed. */
const PRUNE = { maxAgeMs: 30 * 24 * 3_600_000, maxBytes: 5 * 1024 ** 3 };

/** The initialised copies of template versions that this process can start builds from. */
export class WarmTemplates {
  readonly #known: Set<string>;

  private constructor(
    private readonly directories: WarmDirectories,
    private readonly engine: Engine,
    private readonly policy: Policy | null,
    names: readonly string[],
  ) {
    this.#known = new Set(names);
  }

  /**
   * @param path folder of the warm directories
   * @param policy that their templates were checked by: under another one they are made, and checked, again
   */
  static async load(path: string, engine: Engine, policy: Policy | null = null): Promise<WarmTemplates> {
    const directories = await WarmDirectories.open(path);
    return new WarmTemplates(directories, engine, policy, readdirSync(path));
  }

  /** Whether a build of this version can begin without init. */
  has(template: TemplateKey): boolean {
    return this.#known.has(this.#keyOf(template));
  }

  /** Null when there is none. */
  async open(template: TemplateKey): Promise<OpenWarm | null> {
    const directory = await this.directories.hold(this.#keyOf(template));
    return directory === null ? null : withNotes(directory);
  }

  /**
   * Opens the warm directory of a version, built first if there is none; by one, however many ask.
   *
   * @param build fills the given folder and returns what is to be noted
   */
  async openOrBuild(template: TemplateKey, build: (files: string) => Promise<WarmNotes>): Promise<OpenWarm> {
    const key = this.#keyOf(template);
    const directory = await this.directories.holdOrBuild(key, build);
    if (!this.#known.has(key)) {
      this.#known.add(key);
      await this.#prune();
    }
    return withNotes(directory);
  }

  async #prune(): Promise<void> {
    for (const key of await this.directories.prune(PRUNE)) this.#known.delete(key);
  }

  #keyOf({ archive, lockFile }: TemplateKey): string {
    const policy = this.policy === null ? null : JSON.stringify(this.policy);
    return warmKey({ archive, lockFile, engine: this.engine, policy });
  }
}

function withNotes(directory: WarmDirectory): OpenWarm {
  return { directory, notes: warmNotes.parse(directory.notes) };
}

/** sha256 of a lock file's text, as offers name it. */
export function lockFileDigest(text: string | null): string | null {
  return text === null ? null : createHash('sha256').update(text).digest('hex');
}
