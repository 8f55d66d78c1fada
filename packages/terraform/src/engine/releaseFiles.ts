import type { EngineName } from './versions.js';

/** Where the files of one release stand. */
interface ReleaseFiles {
  archive: string;
  /** Name of the archive as the sums have it. */
  archiveName: string;
  sums: string;
  signature: string;
}

/** Where each engine is released. */
export const releaseUrls: Readonly<Record<EngineName, string>> = {
  terraform: 'https://releases.hashicorp.com',
  tofu: 'https://github.com/opentofu/opentofu/releases/download',
};

/**
 * Addresses of a release: terraform's below `BASE/terraform/VERSION/`, tofu's below `BASE/vVERSION/`, as they are at the
 * original places, so that a mirror of those can stand in.
 */
export function releaseFiles(name: EngineName, version: string, platform: string, base: string): ReleaseFiles {
  const root = base.replace(/\/+$/, '');
  const folder = name === 'terraform' ? `${root}/terraform/${version}` : `${root}/v${version}`;
  const archiveName = `${name}_${version}_${platform}.zip`;
  const sums = `${folder}/${name}_${version}_SHA256SUMS`;
  const signature = `${sums}${name === 'terraform' ? '.sig' : '.gpgsig'}`;
  return { archive: `${folder}/${archiveName}`, archiveName, sums, signature };
}

/** An address without the name and the password in it, which no message may show; `NAME:PASSWORD`, or null without. */
export function splitLogin(address: string): { address: string; login: string | null } {
  const [, scheme = '', login = null, rest = ''] = /^([a-z]+:\/\/)(?:([^/@]*)@)?(.*)$/i.exec(address) ?? [];
  return scheme === '' ? { address, login: null } : { address: `${scheme}${rest}`, login };
}
