import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AttemptFolder } from '../src/index.js';

/** What no template may see: each of the daemon's secrets is a file or a variable with this text. */
export const CANARY = 'canary-of-the-daemon';

/** A daemon's folders, with everything in them that a template might be after. */
export class DaemonPlaces {
  constructor(readonly root: string) {}

  make(): void {
    const files = [
      this.psk,
      this.journal,
      join(this.otherAttempt, 'terraform.tfstate'),
      join(this.otherWarm, 'main.tf'),
    ];
    for (const path of [...files, join(this.warm, 'main.tf')]) {
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, CANARY);
    }
    mkdirSync(this.outside);
  }

  get psk(): string {
    return join(this.root, 'etc', 'psk');
  }

  get data(): string {
    return join(this.root, 'data');
  }

  get journal(): string {
    return join(this.data, 'journal');
  }

  get attempt(): AttemptFolder {
    return new AttemptFolder(join(this.data, 'attempts', 'own'));
  }

  get otherAttempt(): string {
    return join(this.data, 'attempts', 'other', 'work');
  }
  /** The warm directory that the attempt starts from: to be read, never written to. */
  get warm(): string {
    return join(this.data, 'warm', 'own', 'files');
  }

  get otherWarm(): string {
    return join(this.data, 'warm', 'other', 'files');
  }

  get outside(): string {
    return join(this.root, 'outside');
  }
}

/** What the template tries, each a shell command that succeeds if the harm is done. `$DAEMON` is the daemon's pid. */
export function attacks(places: DaemonPlaces): Record<string, string> {
  const reads = (path: string): string => `grep -q ${CANARY} ${path}`;
  const writes = (path: string): string => `: >>${path}`;
  const run = places.attempt.run('apply');
  // In namespaces of its own, where it may mount what it sees.
  const mounts = `mount --bind ${places.warm} mount && mount -o remount,bind,rw mount && ${writes('mount/main.tf')}`;
  return {
    'read the credentials': reads(places.psk),
    'read the journal': reads(places.journal),
    'read the environment of the daemon': reads('/proc/$DAEMON/environ'),
    'open the memory of the daemon, as a debugger does': 'head -c 0 /proc/$DAEMON/mem',
    'send the daemon a signal': 'kill -0 $DAEMON',
    'read the state of another attempt': reads(join(places.otherAttempt, 'terraform.tfstate')),
    'read the warm directory of another version': reads(join(places.otherWarm, 'main.tf')),
    'change its own warm directory': writes(join(places.warm, 'main.tf')),
    'read the files of the supervisor': `test -s ${run.pids}`,
    'change its own lease': writes(run.lease),
    'change its exit code': writes(run.exit),
    'list the attempts': `ls ${join(places.data, 'attempts')} | grep -q other`,
    'write outside': writes(join(places.outside, 'file')),
    'make what is mounted writable': `mkdir -p mount && unshare -Urm sh -c '${mounts}'`,
  };
}

/** The template: it reports what succeeded, and leaves a process in a session of its own behind. */
export function hostileTemplate(places: DaemonPlaces, leftBehind: readonly string[]): Record<string, string> {
  const tries = Object.entries(attacks(places)).map(
    ([name, command]) => `if (${command}) 2>/dev/null; then echo ${name}; fi\n`,
  );
  return {
    'main.tf': `
resource "terraform_data" "hostile" {
  provisioner "local-exec" {
    command = "sh attacks.sh >report"
  }
}
`,
    'attacks.sh': `${tries.join('')}setsid ${leftBehind.join(' ')} </dev/null >/dev/null 2>&1 &\n`,
  };
}
