import { BerthCommand } from '../../berthCommand.js';
import { storeFlags } from '../../services/storeFlags.js';

export default class ServerRotateKey extends BerthCommand {
  static override summary = 'Encrypt everything anew with a new key, after which the old one opens nothing any more';
  static override description = [
    'For a coordinator that does not run and has its key in its folder: a new one is made there. Where keys are given by',
    '--encryption-key or its file, put the new one first, start every coordinator with both, run this, then drop the old',
    'one. May be repeated when it broke off.',
  ].join(' ');
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --data-dir /var/lib/berth',
    '<%= config.bin %> <%= command.id %> --database-url-file /etc/berth/database --encryption-key-file /etc/berth/keys',
  ];
  static override flags = storeFlags;

  async run(): Promise<{ sealed: number }> {
    const { flags } = await this.parse(ServerRotateKey);
    const [{ rotateKeys }, { storePlace }] = await Promise.all([
      import('@berth/coordinator/offline'),
      import('../../services/storePlace.js'),
    ]);
    const place = storePlace(flags);
    const sealed = await rotateKeys(place);
    const next = place.encryptionKey === undefined ? '' : ' The other keys can be dropped now.';
    this.tell(`${sealed} values are encrypted with the new key.${next}`);
    return { sealed };
  }
}
