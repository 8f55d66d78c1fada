import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '@berth/protocol';
import { tempDir } from '@berth/testkit';
import { expect } from 'vitest';
import { makeTemplate, type Template } from './startReal.js';

/** A template whose apply waits half-way for a word. */
export interface WaitingTemplate {
  files: Template;
  /** Where it waits: it reads and writes here. */
  folder: string;
  /** Resolves when an apply has made its first resource and waits at the second. */
  halfway: () => Promise<void>;
  goOn: () => void;
}

/** An output that is too large for the terminal message, and so are the state and the result that it stands in. */
export const largeOutput = { value: 'x'.repeat(limits.attachedBytes) };

/**
 * @param says what the waiting provisioner prints while it waits: a shell command
 * @param outputs of the template
 */
export async function waitingTemplate(says = ':', outputs: object | null = null): Promise<WaitingTemplate> {
  const folder = tempDir();
  const halfway = join(folder, 'halfway');
  const goOn = join(folder, 'go-on');
  const command = `touch ${halfway}; while test -d ${folder} && ! test -e ${goOn}; do ${says}; sleep 0.02; done; echo done`;
  // In JSON, which a daemon reads without a process of its own for it.
  const files = await makeTemplate({
    'main.tf.json': JSON.stringify({
      resource: {
        terraform_data: {
          first: { input: 'kept' },
          second: { depends_on: ['terraform_data.first'], provisioner: { 'local-exec': { command } } },
        },
      },
      ...(outputs === null ? {} : { output: outputs }),
    }),
  });
  return {
    files,
    folder,
    halfway: () => expect.poll(() => existsSync(halfway)).toBe(true),
    goOn: () => writeFileSync(goOn, ''),
  };
}
