import { execa } from 'execa';

/** Of util-linux; busybox's knows no holes, and then none are made. */
const program = 'fallocate';
/** What is freed at a time: a call costs 4 ms and more, the larger the process that makes it. */
const STEP_BYTES = 8 * 1024 * 1024;
/** The file system frees whole blocks. */
const BLOCK_BYTES = 4096;

/**
 * Gives back the disk space of the read part of a file that is still appended to. Size and offsets stay, so that nothing
 * is lost; a truncate behind the reader would lose what is written between the last read and it. Where the file system
 * (or the machine) cannot do it, the file is kept as it is.
 */
export class HolePuncher {
  private freed = 0;
  private wanted = 0;
  private running: Promise<void> | null = null;
  private works = true;

  constructor(private readonly path: string) {}

  /** Everything before `offset` is no longer needed. */
  freeUpTo(offset: number): void {
    this.wanted = Math.max(this.wanted, offset - (offset % BLOCK_BYTES));
    if (this.works && this.running === null && this.wanted - this.freed >= STEP_BYTES) this.running = this.punch();
  }

  /** Waits for the calls under way. */
  async done(): Promise<void> {
    while (this.running !== null) await this.running;
  }

  private async punch(): Promise<void> {
    const until = this.wanted;
    const length = String(until - this.freed);
    const call = await execa(program, ['-p', '-o', String(this.freed), '-l', length, this.path], {
      stdio: 'ignore',
      reject: false,
    });
    if (call.failed) this.works = false;
    else this.freed = until;
    this.running = null;
    this.freeUpTo(this.wanted);
  }
}
