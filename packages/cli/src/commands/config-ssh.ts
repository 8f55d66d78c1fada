import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Client, listAll } from '@berth/client';
import { BerthError, routes } from '@berth/protocol';
import { Flags } from '@oclif/core';
import { ClientCommand } from '../clientCommand.js';

export default class ConfigSsh extends ClientCommand {
  static override summary = 'Let OpenSSH and what uses it know your running workspaces, as berth.NAME';
  static override description =
    "Writes a file of its own, which a section of OpenSSH's configuration includes. Run it again when workspaces or their keys have changed.";
  static override examples = ['<%= config.bin %> <%= command.id %>', 'ssh berth.dev'];
  static override flags = {
    'ssh-config': Flags.string({ summary: "OpenSSH's configuration; ~/.ssh/config unless given", helpValue: 'FILE' }),
    remove: Flags.boolean({ summary: 'Take the section and the file away again' }),
    'dry-run': Flags.boolean({ summary: 'Only show what would be written' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigSsh);
    const [{ withSection, withoutSection }, { configFolder }] = await Promise.all([
      import('../ssh/configFile.js'),
      import('../settings/configFolder.js'),
    ]);
    const folder = join(configFolder(), 'ssh');
    const own = join(folder, 'config');
    const theirs = resolved(flags['ssh-config'] ?? join(homedir(), '.ssh', 'config'));
    const text = contentOf(theirs);
    if (flags.remove) {
      if (!flags['dry-run']) {
        if (withoutSection(text) !== text) replace(theirs, withoutSection(text), 'latin1');
        rmSync(own, { force: true });
      }
      return this.tell(flags['dry-run'] ? `Would be removed: ${own}, its section of ${theirs}.` : 'Removed.');
    }
    const { blocks, names } = await this.#blocks(await this.client(flags), folder, flags['dry-run']);
    if (flags['dry-run']) {
      this.tell(`${theirs} would include ${own}:`);
      return this.print(blocks);
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    replace(own, blocks, 'utf8');
    const include = Buffer.from(own).toString('latin1');
    if (withSection(text, include) !== text) replace(theirs, withSection(text, include), 'latin1');
    this.tell(names.length === 0 ? 'No running workspace has an SSH server.' : `Known to ssh: ${names.join(', ')}.`);
  }

  async #blocks(client: Client, folder: string, dryRun: boolean): Promise<{ blocks: string; names: string[] }> {
    const [{ findTarget }, { hostAlias, sshOptions, writeHostKeys }, { hostBlock }] = await Promise.all([
      import('../ssh/findTarget.js'),
      import('../ssh/sshOptions.js'),
      import('../ssh/configFile.js'),
    ]);
    const blocks: string[] = [];
    const names: string[] = [];
    for await (const workspace of listAll(client, routes.listWorkspaces, { query: { owner: 'me' } })) {
      if (workspace.status !== 'running') continue;
      const target = await findTarget(client, workspace, workspace.name).catch(error => {
        if (!(error instanceof BerthError) || error.code !== 'invalid_configuration') throw error;
        this.note(error.message);
        return null;
      });
      if (target === null) continue;
      if (!dryRun) writeHostKeys(target, workspace, folder);
      names.push(`berth.${workspace.name}`);
      blocks.push(hostBlock([`berth.${workspace.name}`, hostAlias(workspace)], sshOptions(target, workspace, folder)));
    }
    return { blocks: blocks.join('\n'), names };
  }
}

/** What a link leads to is written, not the link. */
function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It is not there yet.
    return path;
  }
}

/** Byte for byte, as characters: what others wrote there in another encoding must come out as it was. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw new BerthError('invalid_request', `cannot read ${path}`, { cause });
  }
}

/** Written aside and renamed, with the mode that it had. */
function replace(path: string, text: string, encoding: 'utf8' | 'latin1'): void {
  try {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0o600;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const aside = `${path}.${process.pid}.new`;
    writeFileSync(aside, text, { encoding, mode: mode & 0o777 });
    renameSync(aside, path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BerthError('invalid_request', `cannot write ${path}: ${why}`, { cause });
  }
}
