import { writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** A file in an archive. */
export interface ZipFile {
  name: string;
  content: Buffer;
  /** Permission bits; 0644 unless given. With the bits of a kind of file: that kind, in place of a plain one. */
  mode?: number;
  /** That the listing says it has; those of the content unless given. */
  bytes?: number;
}

/** Writes a zip archive of these files, uncompressed, as it would be made on a Unix. */
export function writeZip(path: string, files: readonly ZipFile[]): void {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, mode = 0o644, bytes = content.length } of files) {
    const nameBytes = Buffer.from(name);
    // Version, flags and method of both headers, time and date of 1980-01-01, checksum and sizes.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0021, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(bytes, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    parts.push(Buffer.from('PK\x03\x04'), common, nameBytes, content);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((mode > 0o7777 ? mode : 0o100000 | mode) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, rest, nameBytes);
    offset += 30 + nameBytes.length + content.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  writeFileSync(path, Buffer.concat([...parts, listing, end]));
}
