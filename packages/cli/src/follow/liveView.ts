import type { WriteStream } from 'node:tty';
import type { JobEvent } from '@berth/client';
import { coloursFor } from '../output/colour.js';
import { hushKeys } from './hushKeys.js';
import { JobProgress } from './jobProgress.js';
import type { JobView } from './jobView.js';
import { finalLines, liveFrame } from './liveFrame.js';

/** How often the view is drawn again, so that elapsed times move. */
const frameMs = 100;

/**
 * The view for a terminal: one frame that is drawn over and over in its place, and is gone at the end.
 */
export class LiveView implements JobView {
  readonly #stream: WriteStream;
  readonly #title: string;
  readonly #progress = new JobProgress();
  readonly #timer: NodeJS.Timeout;
  readonly #giveKeysBack = hushKeys();
  #lost: string | null = null;
  #drawn = 0;

  constructor(stream: WriteStream, title: string) {
    this.#stream = stream;
    this.#title = title;
    this.#timer = setInterval(() => this.#draw(), frameMs);
    this.#draw();
  }

  add(event: JobEvent): void {
    this.#progress.add(event, Date.now());
  }

  setLost(reason: string | null): void {
    this.#lost = reason;
  }

  end(): string[] {
    clearInterval(this.#timer);
    this.#giveKeysBack();
    this.#erase();
    return finalLines(this.#progress, coloursFor(this.#stream));
  }

  #draw(): void {
    const lines = liveFrame(this.#title, this.#progress, {
      width: this.#stream.columns || 80,
      height: this.#stream.rows || 24,
      now: Date.now(),
      colours: coloursFor(this.#stream),
      lost: this.#lost,
    });
    this.#erase();
    this.#stream.write(`${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }

  /** Moves to the first line of the last frame and clears from there. */
  #erase(): void {
    if (this.#drawn > 0) this.#stream.write(`\u001b[${this.#drawn}A\r\u001b[J`);
    this.#drawn = 0;
  }
}
