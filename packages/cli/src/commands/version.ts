import { BerthCommand } from '../berthCommand.js';

export default class Version extends BerthCommand {
  static override summary = 'Show the version of this program';
  static override enableJsonFlag = true;

  async run(): Promise<{ version: string; node: string; platform: string }> {
    await this.parse(Version);
    const platform = `${process.platform}-${process.arch}`;
    this.print(`berth ${this.config.version} (${platform}, node ${process.versions.node})`);
    return { version: this.config.version, node: process.versions.node, platform };
  }
}
