import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseTagFlags } from '@berth/protocol';
import { ClientCommand } from '../../clientCommand.js';
import { daemonFlags } from '../../services/daemonFlags.js';
import { engineOptions } from '../../services/engineFlags.js';
import { jobLimits } from '../../services/jobFlags.js';
import { pluginOptions } from '../../services/pluginFlags.js';
import { sandboxOptions } from '../../services/sandboxFlags.js';

export default class ProvisionerdStart extends ClientCommand {
  static override summary = 'Run a provisioner daemon: it takes jobs of a coordinator and runs terraform for them';
  static override description = [
    'It connects out to the coordinator, again and again until it is stopped. SIGTERM and SIGHUP let it finish its jobs,',
    'SIGINT stops them; each further signal goes one step further. It ends with exit code 3 when the coordinator refuses',
    'it. The environment of this process reaches the templates, without what is Berth’s own.',
  ].join(' ');
  static override examples = [
    '<%= config.bin %> <%= command.id %> --url https://berth.example.com --psk-file /etc/berth/psk --tag environment=prod',
    'For your own templates alone, with your own login:\n<%= config.bin %> <%= command.id %> --tag scope=user',
  ];
  static override flags = daemonFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ProvisionerdStart);
    const connection = await this.connection({ url: flags.url, token: flags.token });
    const [{ daemonCredential }, { createServiceLog }, { startDaemon }, { dataFolder }] = await Promise.all([
      import('../../services/daemonCredential.js'),
      import('../../logging/serviceLog.js'),
      import('@berth/daemon'),
      import('../../settings/configFolder.js'),
    ]);
    const files = [flags['psk-file'], process.env.BERTH_PROVISIONER_DAEMON_PSK_FILE];
    const credential = daemonCredential(flags.psk, files, connection);
    await this.#warnOfPlainHttp(connection.url);
    const logger = createServiceLog({ format: flags['log-format'], level: flags['log-level'] });
    const folderName = (flags.name ?? hostname()).replace(/[^a-zA-Z0-9._-]/g, '-');
    // Before the start: once a daemon is connected it may have a job, and a signal must find its handler.
    const [{ climbDown }, { CANCEL, DRAIN, daemonLadder }] = await Promise.all([
      import('../../services/stopLadder.js'),
      import('../../services/stopDaemon.js'),
    ]);
    const daemon = await startDaemon({
      url: connection.url,
      credential,
      name: flags.name,
      organization: flags.org,
      tags: parseTagFlags(flags.tag ?? []),
      slots: flags['max-jobs'],
      once: flags.once,
      drainTimeoutMs: flags['drain-timeout'],
      dataDir: flags['data-dir'] ?? join(dataFolder(), 'daemons', folderName),
      ...engineOptions(flags),
      ...pluginOptions(flags),
      environmentAllow: flags['env-allow'],
      limits: jobLimits(flags),
      policyFile: flags['policy-file'],
      sandbox: sandboxOptions(flags, [flags['psk-file'], process.env.BERTH_PROVISIONER_DAEMON_PSK_FILE]),
      logger,
    });
    const entries = { SIGTERM: DRAIN, SIGHUP: DRAIN, SIGINT: CANCEL };
    const letGo = climbDown(daemonLadder(daemon), entries, text => logger.info(text));
    const end = await daemon.done;
    letGo();
    // Whatever the refusal is: who starts daemons again when they end is to leave this one alone.
    this.exitWith(end.exitCode);
    if (end.error !== null) throw end.error;
    logger.info(end.reason);
  }

  async #warnOfPlainHttp(url: string): Promise<void> {
    const { isPlainRemote } = await import('../../settings/address.js');
    if (isPlainRemote(url)) this.note(`${url} is not encrypted: the credential can be read on its way.`);
  }
}
