import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { createMessage, generateKey, readPrivateKey, sign } from 'openpgp';
import { writeZip } from './zip.js';

/** A release of an engine. */
export interface Release {
  engine: 'terraform' | 'tofu';
  version: string;
  /** As Go has it: `linux_amd64`. */
  platform: string;
  /** Content of its program. */
  program: Buffer;
}

/** Makers of releases, with a key of their own. */
export interface Makers {
  /** Armored. */
  publicKey: string;
  /** A detached signature. */
  sign(content: Buffer): Promise<Buffer>;
}

/** A place of releases on loopback, as the engines' makers have theirs. */
export interface ReleaseServer {
  /** `http://127.0.0.1:PORT/`. */
  url: string;
  /** File of the key that signs its releases. */
  keyFile: string;
  /** Where the files of the release are. */
  paths: { archive: string; sums: string; signature: string };
  /** What is served, to be spoiled. */
  files: Map<string, Buffer>;
  /** Paths that were asked for, in their order. */
  requests: string[];
  /** Answers in place of a file. */
  answer: { path: string | null; give: (response: ServerResponse, request: IncomingMessage) => void };
  close(): Promise<void>;
}

/** Serves a release until it is closed. `folder` holds what it is made of. */
export async function startReleaseServer(folder: string, release: Release): Promise<ReleaseServer> {
  const { engine, version, platform, program } = release;
  const makers = await newMakers();
  const keyFile = join(folder, 'key.asc');
  writeFileSync(keyFile, makers.publicKey);
  const archiveName = `${engine}_${version}_${platform}.zip`;
  writeZip(join(folder, archiveName), [
    { name: 'LICENSE.txt', content: Buffer.from('free') },
    { name: engine, content: program, mode: 0o755 },
  ]);
  const archive = readFileSync(join(folder, archiveName));
  const sum = createHash('sha256').update(archive).digest('hex');
  const sums = Buffer.from(`${'0'.repeat(64)}  ${engine}_${version}_other_arch.zip\n${sum}  ${archiveName}\n`);
  const place = engine === 'terraform' ? `/terraform/${version}` : `/v${version}`;
  const sumsPath = `${place}/${engine}_${version}_SHA256SUMS`;
  const paths = {
    archive: `${place}/${archiveName}`,
    sums: sumsPath,
    signature: `${sumsPath}.${engine === 'terraform' ? 'sig' : 'gpgsig'}`,
  };
  const files = new Map([
    [paths.archive, archive],
    [paths.sums, sums],
    [paths.signature, await makers.sign(sums)],
  ]);
  const answer: ReleaseServer['answer'] = { path: null, give: () => undefined };
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push(path);
    if (path === answer.path) return answer.give(response, request);
    const content = files.get(path);
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  server.on('connection', socket => sockets.add(socket));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    const closed = new Promise(resolve => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, keyFile, paths, files, requests, answer, close };
}

export async function newMakers(): Promise<Makers> {
  const { privateKey, publicKey } = await generateKey({ userIDs: [{ name: 'makers' }], format: 'armored' });
  const key = await readPrivateKey({ armoredKey: privateKey });
  return {
    publicKey,
    async sign(content) {
      const message = await createMessage({ binary: new Uint8Array(content) });
      return Buffer.from(await sign({ message, signingKeys: key, detached: true, format: 'binary' }));
    },
  };
}
