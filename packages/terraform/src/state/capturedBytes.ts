/** Collects a region of bytes that may reach over several chunks. States: idle, collecting. */
export class CapturedBytes {
  /** Copies of what earlier chunks had of it. */
  private earlier: Buffer[] = [];
  /** Where in the current chunk it goes on; -1 when idle. */
  private from = -1;
  /** Whether the region holds a backslash. */
  escaped = false;

  begin(i: number): void {
    this.from = i;
    this.escaped = false;
  }

  /** The chunk is about to be used again. */
  keep(chunk: Buffer): void {
    if (this.from === -1) return;
    this.earlier.push(Buffer.from(chunk.subarray(this.from)));
    this.from = 0;
  }

  /** Text of the region, which ends before `i`. */
  end(chunk: Buffer, i: number): string {
    const from = this.from;
    this.from = -1;
    if (this.earlier.length === 0) return chunk.toString('utf8', from, i);
    const text = Buffer.concat([...this.earlier, chunk.subarray(from, i)]).toString('utf8');
    this.earlier = [];
    return text;
  }

  /** The region is the inside of a JSON string: its value. */
  endKey(chunk: Buffer, i: number): string {
    const text = this.end(chunk, i);
    return this.escaped ? String(JSON.parse(`"${text}"`)) : text;
  }
}
