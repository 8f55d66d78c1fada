import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from './tempDir.js';
import { startTlsServer, type TlsServer } from './tlsServer.js';
import { writeZip } from './zip.js';

/** A network mirror of plugins, as the engines' provider network mirror protocol has it. */
export interface NetworkMirror extends TlsServer {
  /** How often an archive was fetched. */
  downloads(): number;
}

/** Serves every plugin of an unpacked mirror by network, packed. */
export async function startNetworkMirror(folder: string | null): Promise<NetworkMirror> {
  const archives = tempDir();
  const answers = new Map<string, Buffer>();
  const put = (path: string, value: unknown) => answers.set(path, Buffer.from(JSON.stringify(value)));
  for (const [address, versions] of folder === null ? [] : unpacked(folder)) {
    put(`/${address}/index.json`, { versions: Object.fromEntries(versions.map(version => [version, {}])) });
    for (const version of versions) {
      const platforms = readdirSync(join(folder ?? '', address, version));
      const entries = platforms.map(platform => {
        const name = `${address.replaceAll('/', '_')}_${version}_${platform}.zip`;
        pack(join(folder ?? '', address, version, platform), join(archives, name));
        const content = readFileSync(join(archives, name));
        answers.set(`/${name}`, content);
        const zh = `zh:${createHash('sha256').update(content).digest('hex')}`;
        return [platform, { url: `/${name}`, hashes: [zh] }];
      });
      put(`/${address}/${version}.json`, { archives: Object.fromEntries(entries) });
    }
  }
  const server = await startTlsServer((path, response) => {
    const answer = answers.get(path);
    const type = path.endsWith('.json') ? 'application/json' : 'application/zip';
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': type }).end(answer);
  });
  return { ...server, downloads: () => server.requests.filter(request => /^GET .*\.zip$/.test(request)).length };
}

/** `[HOST/NAMESPACE/TYPE, versions]` of an unpacked mirror. */
function unpacked(folder: string): [string, string[]][] {
  let names = [''];
  for (let depth = 0; depth < 3; depth++) {
    names = names.flatMap(name => readdirSync(join(folder, name)).map(inner => join(name, inner)));
  }
  return names.map(name => [name, readdirSync(join(folder, name))]);
}

function pack(folder: string, archive: string): void {
  const files = readdirSync(folder).map(name => ({ name, content: readFileSync(join(folder, name)), mode: 0o755 }));
  writeZip(archive, files);
}
