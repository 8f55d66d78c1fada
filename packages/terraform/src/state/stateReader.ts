import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { constants, open } from 'node:fs/promises';
import { guardHolds } from '../guards.js';
import type { ByteRange } from '../output/emergencyDump.js';
import { JsonScanner } from './jsonScanner.js';
import type { StateResource } from './resourceCollector.js';
import { type StateOutput, StateVisitor, type StateWishes } from './stateVisitor.js';

/** What identifies a valid state. */
export interface StateFacts {
  serial: number;
  lineage: string;
  /** Version of the engine that wrote it; null when it does not say. */
  engineVersion: string | null;
  sizeBytes: number;
  /** Of its bytes, in hexadecimal. */
  sha256: string;
}

/** A valid state with what was asked for of its contents. */
export interface StateContents extends StateFacts {
  outputs: StateOutput[];
  resources: StateResource[];
}

/**
 * Why a file is no state:
 * `missing`: it is not there; `empty`: 0 bytes, which the engine would take for "no state"; `truncated`: it ends before
 * the brace that closes it; `malformed`: it is no JSON; `not_a_state`: it lacks lineage or serial, or is no plain file;
 * `changed`: it was written to while it was read.
 */
export type StateFault = 'missing' | 'empty' | 'truncated' | 'malformed' | 'not_a_state' | 'changed';

export type StateReading = ({ valid: true } & StateContents) | { valid: false; fault: StateFault };

export interface ReadStateOptions extends Partial<StateWishes> {
  /** Reads a part of the file alone: a state inside an output. */
  range?: ByteRange | undefined;
  /** Is given each chunk, to be used before the returned promise settles. */
  onChunk?: ((chunk: Buffer) => Promise<void>) | undefined;
}

const CHUNK_BYTES = 256 * 1024;
/**
 * The file stands where a template can write: a link that it put there would have us read what it may not, a pipe would
 * have us wait for ever.
 */
function flags(): number {
  const noLink = guardHolds('terraform.state_link') ? constants.O_NOFOLLOW : 0;
  return constants.O_RDONLY | constants.O_NONBLOCK | noLink;
}

/**
 * Reads a state in one pass with bounded memory, and says whether it is one: the engine rewrites its file in place, so
 * that a reader may find it empty, cut off, or half old and half new. Valid is what parses to the brace that closes the
 * top object, has lineage and serial, and whose file had the same size and time after the read as before it.
 *
 * Outputs and resources are collected unless they are switched off.
 */
export async function readState(path: string, options: ReadStateOptions = {}): Promise<StateReading> {
  let file: FileHandle;
  try {
    file = await open(path, flags());
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT') return { valid: false, fault: 'missing' };
    if (code === 'ELOOP' || code === 'ENXIO') return { valid: false, fault: 'not_a_state' };
    throw error;
  }
  try {
    return (await file.stat()).isFile() ? await readOpenState(file, options) : { valid: false, fault: 'not_a_state' };
  } finally {
    await file.close();
  }
}

async function readOpenState(file: FileHandle, options: ReadStateOptions): Promise<StateReading> {
  const before = await file.stat({ bigint: true });
  const size = Number(before.size);
  const { start, end } = options.range ?? { start: 0, end: size };
  const visitor = new StateVisitor({ outputs: options.outputs ?? true, resources: options.resources ?? true });
  const scanner = new JsonScanner(visitor);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(CHUNK_BYTES, end - start)));
  let offset = start;
  while (offset < end && !scanner.failed) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - offset), offset);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    scanner.push(chunk);
    hash.update(chunk);
    await options.onChunk?.(chunk);
    offset += bytesRead;
  }

  const after = await file.stat({ bigint: true });
  const changed = after.size !== before.size || after.mtimeNs !== before.mtimeNs;
  const fault = end <= start ? 'empty' : changed ? 'changed' : faultOf(scanner, visitor);
  if (fault !== null && guardHolds('terraform.snapshot_check')) return { valid: false, fault };
  return {
    valid: true,
    serial: visitor.serial ?? 0,
    lineage: visitor.lineage ?? '',
    engineVersion: visitor.engineVersion,
    sizeBytes: offset - start,
    sha256: hash.digest('hex'),
    outputs: [...visitor.outputs.values()],
    resources: visitor.resources,
  };
}

function faultOf(scanner: JsonScanner, visitor: StateVisitor): StateFault | null {
  const ending = scanner.end();
  if (!ending.ok) return ending.problem === 'truncated' ? 'truncated' : 'malformed';
  return visitor.serial === null || visitor.lineage === null ? 'not_a_state' : null;
}
