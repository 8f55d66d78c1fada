import { type EngineName, openVariables, type VariableDeclaration } from '@berth/protocol';
import { declaredVariables, type Store, type TemplateVersionRecord } from '@berth/store';

/** What builds need to know of an imported template version. It never changes. */
export interface ImportedVersion {
  id: string;
  name: string;
  templateId: string;
  engine: EngineName | null;
  /** Digest of its archive. */
  archive: string;
  /** The variables that the users of its workspaces give. */
  open: VariableDeclaration[];
  declared: VariableDeclaration[];
  pinned: TemplateVersionRecord['pinned'];
}

const maxKept = 500;

/** Imported versions by id, the most used of them kept: each view of a build asks for one. */
export class VersionCache {
  readonly #kept = new Map<string, ImportedVersion>();

  constructor(private readonly store: Pick<Store, 'templates'>) {}

  /** Null for a version that is not there or has not imported. */
  async find(id: string): Promise<ImportedVersion | null> {
    const known = this.#kept.get(id);
    if (known !== undefined) {
      this.#kept.delete(id);
      this.#kept.set(id, known);
      return known;
    }
    const record = await this.store.templates.version(id);
    if (record === null || record.imported === null) return null;
    const version = importedVersion(record);
    this.#kept.set(id, version);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest);
    return version;
  }
}

function importedVersion(record: TemplateVersionRecord): ImportedVersion {
  const declared = declaredVariables(record);
  return {
    id: record.id,
    name: record.name,
    templateId: record.template.id,
    engine: record.engine,
    archive: record.archive.digest,
    open: openVariables(declared, Object.keys(record.pinned)),
    declared,
    pinned: record.pinned,
  };
}
