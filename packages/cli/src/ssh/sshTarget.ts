import { BerthError, type JsonValue } from '@berth/protocol';
import { z } from 'zod';

/** Where the SSH server of a workspace is, as its `ssh` output says; fit to be an argument or a line of a file. */
export interface SshTarget {
  host: string;
  port: number;
  /** Null for that of OpenSSH's own settings. */
  user: string | null;
  /** `TYPE BASE64` each; none where the template tells none. */
  hostKeys: string[];
}

/** A name or an address. It never begins with a dash, which would make it an option, and has no blank or control character. */
const host = z
  .string()
  .regex(/^(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/);
const user = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/);
/** A public key as in `/etc/ssh/ssh_host_ed25519_key.pub`, its comment left out. */
const hostKey = /^((?:ssh|ecdsa|sk)-[A-Za-z0-9@.-]+) ([A-Za-z0-9+/]{16,}={0,2})(?: [^\n\r]*)?$/;

const output = z.object({
  host,
  port: z.coerce.number().int().min(1).max(65_535).nullish(),
  user: user.nullish(),
  host_key: z.string().nullish(),
});

/**
 * Reads the root output `ssh = { host, port, user, host_key }` of a template. What a template writes there ends up on a
 * command line and in files that OpenSSH obeys: whatever else than a plain host, port, user and key it holds is refused.
 *
 * @throws BerthError `invalid_configuration`, naming the attribute
 */
export function readTarget(value: JsonValue, workspace: string): SshTarget {
  const read = output.safeParse(value);
  if (!read.success) {
    const attribute = read.error.issues[0]?.path.join('.') || 'the whole';
    throw wrong(workspace, attribute);
  }
  const { host, port, user, host_key: key } = read.data;
  const lines = (key ?? '').split('\n').filter(line => line.trim() !== '');
  const hostKeys = lines.map(line => {
    const match = hostKey.exec(line.trim());
    if (match === null) throw wrong(workspace, 'host_key');
    return `${match[1]} ${match[2]}`;
  });
  return { host, port: port ?? 22, user: user ?? null, hostKeys };
}

function wrong(workspace: string, attribute: string): BerthError {
  return new BerthError('invalid_configuration', `the 'ssh' output of ${workspace} cannot be used: ${attribute}`, {
    hint: 'It is { host, port, user, host_key }: a plain host name or address, a number, a user name, a public key.',
  });
}
