/**
 * The pieces of an answer's body as they arrive. Read by a reader, because not every browser can iterate a stream; a
 * caller who stops early ends the connection.
 */
export async function* bodyPieces(response: Response): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  let ended = false;
  try {
    while (true) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    // A body that is broken already has nothing to cancel.
    if (!ended) await reader.cancel().catch(() => undefined);
  }
}
