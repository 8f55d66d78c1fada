/** One server-sent event. */
export interface ServerEvent {
  type: string;
  data: string;
  /** The last id that the stream has named, this event's own included; null before the first. */
  id: string | null;
}

/**
 * Reads a stream of server-sent events (HTML living standard, "event stream interpretation"). Comments are read over;
 * `onBytes` is called for every piece that arrives, comments included, so that a silent connection can be told from an
 * idle one.
 */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
  onBytes: () => void = () => undefined,
): AsyncGenerator<ServerEvent, void, undefined> {
  let event = { type: '', data: [] as string[] };
  let id: string | null = null;
  for await (const line of readLines(body, onBytes)) {
    if (line === '') {
      if (event.data.length > 0) yield { type: event.type || 'message', data: event.data.join('\n'), id };
      event = { type: '', data: [] };
      continue;
    }
    const { field, value } = readField(line);
    if (field === 'event') event.type = value;
    else if (field === 'data') event.data.push(value);
    else if (field === 'id' && !value.includes('\0')) id = value;
  }
}

/** `name: value`; one space after the colon does not count. A line that begins with a colon is a comment. */
function readField(line: string): { field: string; value: string } {
  const colon = line.indexOf(':');
  if (colon === -1) return { field: line, value: '' };
  return { field: line.slice(0, colon), value: line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1)) };
}

/** Lines end with LF, CR LF or CR; what is left without an end when the stream breaks off is dropped. */
async function* readLines(
  body: AsyncIterable<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of body) {
    onBytes();
    rest += decoder.decode(piece, { stream: true });
    // A CR at the very end may be the first half of CR LF: it waits for the next piece.
    const held = rest.endsWith('\r') ? '\r' : '';
    const lines = rest.slice(0, rest.length - held.length).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '') + held;
    yield* lines;
  }
}
