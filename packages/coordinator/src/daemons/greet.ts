import { BERTH_VERSION, BerthError, PROTOCOL_VERSION } from '@berth/protocol';
import type { Core } from '../core.js';
import { type Admission, admit, type Hello } from './admit.js';
import type { DaemonActor } from './credential.js';
import { type Link, LiveDaemon } from './liveDaemon.js';

type Needs = Pick<Core, 'store' | 'settings' | 'changes' | 'live'>;

/**
 * Lets a daemon in: decides, takes its name, remembers it, judges the attempts that it says it holds, and welcomes it. It
 * is welcomed before anybody else can find it, so that nothing reaches it before the welcome.
 *
 * @throws BerthError as `admit`; `daemon_name_taken`
 */
export async function greet(core: Needs, actor: DaemonActor, link: Link, hello: Hello): Promise<LiveDaemon> {
  const admission = await admit(core, actor, hello);
  const { organization, provider } = admission;
  const identity = { organization: organization.id, provider, name: hello.name, instance: hello.instance };
  const daemon = await core.live.take(identity, core.settings.timings.helloMs, async () => {
    await checkPredecessor(core, admission, hello);
    return welcome(core, actor, link, hello, admission);
  });
  core.changes.waiting.publish(organization.id);
  return daemon;
}

/**
 * A remembered daemon's id goes with its name, and with the id its attempts. So somebody else may not come under the name
 * of an offline daemon: whoever owns the new one must own the old one, or hold its data directory.
 */
async function checkPredecessor(core: Needs, { organization, provider, tags }: Admission, hello: Hello): Promise<void> {
  const old = await core.store.daemons.byName(organization.id, provider, hello.name);
  if (old === null || old.instance === hello.instance) return;
  if (old.tags.scope === tags.scope && old.tags.owner === tags.owner) return;
  throw new BerthError('daemon_name_taken', `the name '${hello.name}' is that of another daemon, which is offline`);
}

async function welcome(
  { store, settings, changes }: Needs,
  actor: DaemonActor,
  link: Link,
  hello: Hello,
  { organization, provider, builtIn, tags, notices }: Admission,
): Promise<LiveDaemon> {
  const { name, slots, version, protocol, engine, platform, hostname, sandbox, instance, draining = false } = hello;
  const record = await store.daemons.connected({
    ...{ organizationId: organization.id, provider, builtIn, tags, draining },
    ...{ name, slots, version, protocol, engine, platform, hostname, sandbox, instance },
  });
  const daemon = new LiveDaemon(record, link, actor.kind === 'user' ? actor.token : null);
  daemon.draining = draining;
  const attempts = await store.jobs.heartbeat(daemon.id, hello.attempts, settings.timings.leaseMs);
  for (const attempt of attempts) {
    if (attempt.verdict === 'yours') daemon.slots.hold(attempt);
    changes.jobs.publish(attempt.job);
  }
  daemon.slots.judge(attempts);
  daemon.send({
    type: 'welcome',
    protocol: PROTOCOL_VERSION,
    version: BERTH_VERSION,
    daemon: daemon.id,
    organization: { id: organization.id, name: organization.name },
    tags,
    heartbeatMs: settings.timings.heartbeatMs,
    attempts,
    notices,
  });
  return daemon;
}
