/** Archives are kept by their sha256. States are kept encrypted, under an id that tells nothing of their content. */
export interface BlobRef {
  kind: 'archive' | 'state';
  /** sha256 of the plain content. */
  digest: string;
}

export interface BlobStatus {
  receivedBytes: number;
  /** All bytes are there and the digest was right. */
  complete: boolean;
}

/** Content of up to hundreds of megabytes, in rows of at most 1 MiB, written while it arrives. */
export interface BlobStore {
  status(ref: BlobRef): Promise<BlobStatus>;
  /**
   * Writes content from `offset` on. Bytes that arrived before a break stay and can be gone on from; writing a complete
   * blob again reads nothing and changes nothing.
   *
   * @throws BerthError `range_mismatch` when `offset` is not what has arrived; `digest_mismatch` when the whole has
   *   another digest (what was written is dropped); `limit_exceeded` when more than `sizeBytes` come
   */
  write(
    ref: BlobRef,
    upload: { sizeBytes: number; offset: number; content: AsyncIterable<Uint8Array> },
  ): Promise<BlobStatus>;
  /** Reads a complete blob from `offset` on. Throws `not_found`. */
  read(ref: BlobRef, range?: { offset: number; length: number }): AsyncIterable<Uint8Array>;
  /** Size of a complete blob in bytes; null when there is none. */
  size(ref: BlobRef): Promise<number | null>;
}
