import { createInterface } from 'node:readline';
import { BerthCommand } from '../../berthCommand.js';
import type { Rung } from '../../services/stopLadder.js';

export default class ProvisionerdBuiltIn extends BerthCommand {
  static override summary = 'Run the built-in daemons of a coordinator, which starts this itself';
  static override hidden = true;

  async run(): Promise<void> {
    await this.parse(ProvisionerdBuiltIn);
    const [{ builtInOrder }, { createServiceLog }, { startBuiltInDaemons }, { climbDown }, ladder] = await Promise.all([
      import('../../services/builtInOrder.js'),
      import('../../logging/serviceLog.js'),
      import('@berth/daemon'),
      import('../../services/stopLadder.js'),
      import('../../services/stopDaemon.js'),
    ]);
    const input = createInterface({ input: process.stdin });
    const first = await input[Symbol.asyncIterator]().next();
    if (first.done) return;
    const order = builtInOrder.parse(JSON.parse(first.value));
    const logger = createServiceLog({ format: order.logFormat, level: order.logLevel });
    const daemons = await startBuiltInDaemons({
      url: order.url,
      credential: { psk: order.psk },
      count: order.count,
      dataDir: order.dataDir,
      enginePath: order.enginePath,
      engineRelease: order.engineRelease,
      pluginMirrors: order.pluginMirrors,
      pluginCache: order.pluginCache,
      sandbox: order.sandbox,
      limits: order.limits,
      policyFile: order.policyFile ?? undefined,
      logger,
    });
    // Ctrl-C on a terminal reaches this process too, but it is the coordinator that it is meant for.
    const deaf: Rung[] = [{ says: 'left to the coordinator', act: () => undefined }];
    climbDown(deaf, { SIGINT: 0, SIGHUP: 0 }, text => logger.debug(text));
    const letGo = climbDown(ladder.daemonLadder(daemons), { SIGTERM: ladder.DRAIN }, text => logger.info(text));
    input.once('close', () => {
      logger.warn('the coordinator is gone: ends, and leaves what runs to the next daemons');
      void daemons.stop('leave');
    });
    const end = await daemons.done;
    letGo();
    input.removeAllListeners('close');
    process.stdin.destroy();
    if (end.error !== null) throw end.error;
  }
}
