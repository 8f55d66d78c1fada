/** A plugin as a lock file names it. */
export interface LockedPlugin {
  /** `HOST/NAMESPACE/TYPE`. */
  address: string;
  version: string;
  /** `h1:` of unpacked packages and `zh:` of archives, of one platform or several: the file does not say which is whose. */
  hashes: string[];
}

/** The engine alone writes lock files, one block for each plugin, in one form. */
const block = /^provider "([^"]+)" \{\n([\s\S]*?)^\}/gm;

/** The plugins of a lock file, in its order. */
export function readLockFilePlugins(lockFile: string): LockedPlugin[] {
  return [...lockFile.matchAll(block)].flatMap(([, address = '', body = '']) => {
    const version = /^\s*version\s*=\s*"([^"]+)"/m.exec(body)?.[1];
    if (version === undefined) return [];
    const list = /^\s*hashes\s*=\s*\[([\s\S]*?)\]/m.exec(body)?.[1] ?? '';
    return [{ address, version, hashes: [...list.matchAll(/"([^"]+)"/g)].map(([, hash = '']) => hash) }];
  });
}

/** A lock file of these plugins alone, as the engine would write it. */
export function formatLockFile(plugins: readonly LockedPlugin[]): string {
  const blocks = plugins.map(({ address, version, hashes }) => {
    const list = [...hashes].sort().map(hash => `    ${JSON.stringify(hash)},\n`);
    return `provider "${address}" {\n  version = "${version}"\n  hashes = [\n${list.join('')}  ]\n}\n`;
  });
  return blocks.join('\n');
}

/** The lock file with one more hash of a plugin, which must be known to be of a package that it names otherwise. */
export function withHash(lockFile: string, address: string, hash: string): string {
  return lockFile.replace(block, (text, found: string) => {
    if (found !== address || text.includes(JSON.stringify(hash))) return text;
    return text.replace(/^(\s*)hashes\s*=\s*\[\n/m, line => `${line}    ${JSON.stringify(hash)},\n`);
  });
}
