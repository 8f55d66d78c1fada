/** Longest text of one event, in bytes of UTF-8: what a log entry can carry. */
export const PIECE_BYTES = 64 * 1024;

/**
 * Length of the longest prefix of at most `limit` bytes that ends between two characters. Bytes that are not UTF-8 are
 * cut where they stand.
 */
export function pieceLength(bytes: Uint8Array, limit: number = PIECE_BYTES): number {
  if (bytes.length <= limit) return bytes.length;
  let end = limit;
  // A character has at most four bytes; those after its first are 10xxxxxx.
  while (end > limit - 4 && isContinuation(bytes[end])) end--;
  return isContinuation(bytes[end]) ? limit : end;
}

/** Splits a text into pieces of at most `limit` bytes of UTF-8 each; at least one. */
export function splitText(text: string, limit: number = PIECE_BYTES): string[] {
  // No character has more than three bytes for each of its UTF-16 units.
  if (text.length * 3 <= limit) return [text];
  const bytes = Buffer.from(text);
  const pieces: string[] = [];
  let start = 0;
  do {
    const length = pieceLength(bytes.subarray(start), limit);
    pieces.push(bytes.toString('utf8', start, start + length));
    start += length;
  } while (start < bytes.length);
  return pieces;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
}
