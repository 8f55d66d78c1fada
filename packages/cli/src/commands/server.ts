import { join, resolve } from 'node:path';
import { BerthCommand } from '../berthCommand.js';
import { engineOptions } from '../services/engineFlags.js';
import { jobLimits } from '../services/jobFlags.js';
import { pluginOptions } from '../services/pluginFlags.js';
import { sandboxOptions } from '../services/sandboxFlags.js';
import { serverFlags } from '../services/serverFlags.js';

export default class Server extends BerthCommand {
  static override summary = 'Run a coordinator';
  static override description = [
    'Prints one line on stdout when it accepts connections. SIGTERM, SIGINT and SIGHUP end it: open requests are',
    'finished, daemons reconnect to the next one, and built-in daemons finish their jobs; a second signal ends it at once.',
  ].join(' ');
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --address 0.0.0.0:7400 --access-url https://berth.example.com --provisioner-daemons 0 --provisioner-daemon-psk-file /etc/berth/psk',
  ];
  static override flags = serverFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(Server);
    const [
      { forgetSecrets },
      { readPsks },
      { createServiceLog },
      { startBuiltInChild },
      { storePlace },
      { readPlacement },
    ] = await Promise.all([
      import('../settings/environment.js'),
      import('../services/psks.js'),
      import('../logging/serviceLog.js'),
      import('../services/builtInChild.js'),
      import('../services/storePlace.js'),
      import('../services/placementFile.js'),
    ]);
    forgetSecrets(Server.flags, process.env);
    const [{ startCoordinator }, { readyText }, { climbDown }, { exitCodes }] = await Promise.all([
      import('@berth/coordinator'),
      import('../services/readyText.js'),
      import('../services/stopLadder.js'),
      import('../output/exitCode.js'),
    ]);
    const logFormat = flags['log-format'];
    const logLevel = flags['log-level'];
    const logger = createServiceLog({ format: logFormat, level: logLevel });
    const place = storePlace(flags);
    const { dataDir } = place;
    const psk = flags['provisioner-daemon-psk'];
    const program = process.argv[1] ?? '';
    const storeSecrets = [
      flags['encryption-key-file'],
      flags['database-url-file'],
      process.env.BERTH_DATABASE_URL_FILE,
    ];
    const pskFiles = [flags['provisioner-daemon-psk-file'], process.env.BERTH_PROVISIONER_DAEMON_PSK_FILE];
    const placement = await readPlacement(flags['placement-file']);
    const sandbox = sandboxOptions(flags, [dataDir, ...pskFiles, ...storeSecrets]);
    const coordinator = await startCoordinator({
      ...place,
      address: flags.address,
      accessUrl: flags['access-url'],
      psks: psk === undefined ? [] : readPsks(psk),
      provisionerDaemons: flags['provisioner-daemons'],
      startBuiltIn: (count, { url, credential }) => {
        return startBuiltInChild(program, {
          url,
          psk: credential,
          count,
          dataDir: join(dataDir, 'built-in'),
          ...engineOptions(flags),
          ...pluginOptions(flags),
          sandbox,
          limits: jobLimits(flags),
          policyFile: flags['policy-file'] === undefined ? null : resolve(flags['policy-file']),
          logFormat,
          logLevel,
        });
      },
      maxPendingMs: flags['max-pending'],
      stateBuilds: flags['keep-states'],
      placement,
      timings: {
        ...(flags.hold === undefined ? {} : { holdMs: flags.hold }),
        ...(flags['lost-after'] === undefined ? {} : { lostAfterMs: flags['lost-after'] }),
        ...(flags['cancel-grace'] === undefined ? {} : { cancelGraceMs: flags['cancel-grace'] }),
      },
      logger,
    });
    const letGo = climbDown(
      [
        { says: 'ends; a second signal ends it at once', act: () => void coordinator.stop() },
        { says: 'ends at once', act: () => process.exit(exitCodes.interrupted) },
      ],
      { SIGTERM: 0, SIGINT: 0, SIGHUP: 0 },
      text => logger.info(text),
    );
    // Who reads that it is ready may end it the next moment.
    this.print(readyText(coordinator.accessUrl, flags['provisioner-daemons'], this.colours));
    await coordinator.done;
    letGo();
  }
}
