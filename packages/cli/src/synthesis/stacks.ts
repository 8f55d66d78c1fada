import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { z } from 'zod';
import type { CdktfProject } from './cdktfProject.js';

const stack = z.object({
  name: z.string(),
  /** Folder of the stack's file and assets, relative to the output. */
  workingDirectory: z.string(),
  synthesizedStackPath: z.string(),
  /** Stacks whose outputs it uses. */
  dependencies: z.array(z.string()).default([]),
});

/** A stack of the program's output. */
export type Stack = z.infer<typeof stack>;

const manifest = z.object({ stacks: z.record(z.string(), stack) });

/**
 * The stack that is to be pushed: the one of this name, or the only one.
 *
 * @throws BerthError `invalid_configuration` when there is none, `invalid_request` when the name does not choose one
 */
export async function chooseStack(project: CdktfProject, output: string, name: string | undefined): Promise<Stack> {
  const stacks = await readStacks(project, output);
  const names = stacks.map(each => each.name).join(', ');
  const chosen = name === undefined ? stacks[0] : stacks.find(each => each.name === name);
  if (chosen === undefined) {
    throw new BerthError('invalid_request', `the project has no stack '${name}'`, { hint: `It has: ${names}.` });
  }
  if (name === undefined && stacks.length > 1) {
    throw new BerthError('invalid_request', `the project has several stacks: ${names}`, {
      hint: 'Name the one to push with --stack.',
    });
  }
  if (chosen.dependencies.length > 0) {
    const needed = chosen.dependencies.join(', ');
    throw new BerthError('invalid_configuration', `the stack '${chosen.name}' uses outputs of ${needed}`, {
      hint: 'A template is one stack; put what belongs together into one.',
    });
  }
  return chosen;
}

async function readStacks({ app }: CdktfProject, output: string): Promise<Stack[]> {
  let text: string;
  try {
    text = await readFile(join(output, 'manifest.json'), 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw noStack(app);
  }
  const stacks = Object.values(parse(text, app).stacks);
  if (stacks.length === 0) throw noStack(app);
  return stacks;
}

function noStack(app: string): BerthError {
  return new BerthError('invalid_configuration', `the template was not synthesised: '${app}' wrote no stack`, {
    hint: "The program must end with app.synth(), and its App must not set an 'outdir' of its own.",
  });
}

function parse(text: string, app: string): z.infer<typeof manifest> {
  try {
    return manifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new BerthError('invalid_configuration', `the manifest.json that '${app}' wrote is none of cdktf's`, {
      cause,
    });
  }
}
