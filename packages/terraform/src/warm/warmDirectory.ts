import type { JsonValue } from '../jsonValue.js';
import { startFrom } from './startFrom.js';

/** A hold on a warm directory: it is not pruned before {@link release}. */
export class WarmDirectory {
  private held = true;

  constructor(
    readonly key: string,
    /** The initialised working directory; not to be written to. */
    readonly files: string,
    /** What its builder noted down (the variables that the template declares…). */
    readonly notes: JsonValue,
    private readonly onRelease: () => void,
  ) {}

  /** Fills an attempt's work directory; the attempt links to this one as long as it runs. */
  async startFrom(work: string): Promise<void> {
    await startFrom(this.files, work);
  }

  /** Twice is fine. */
  release(): void {
    if (!this.held) return;
    this.held = false;
    this.onRelease();
  }
}
