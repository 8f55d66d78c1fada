import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, delimiter, join, resolve } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { TerraformError } from '../errors.js';
import { parseJson } from '../jsonValue.js';
import { compareVersions, type EngineName, minimumVersions } from './versions.js';

/** An engine that was found and has answered. */
export interface Engine {
  name: EngineName;
  /** `MAJOR.MINOR.PATCH`, with a pre-release suffix perhaps. */
  version: string;
  /** Absolute, symbolic links followed. */
  path: string;
  /** As plugins are named for it: `linux_amd64` and the like. */
  platform: string;
}

export interface FindEngineOptions {
  /** The program that the operator named; nothing else is tried then. Relative to the current directory. */
  enginePath?: string | undefined;
  /** Folders to look in, separated as in PATH. Default: this process's PATH. */
  searchPath?: string | undefined;
}

/** How long `version` may take: it is 30 ms of work, but a cold disk and a version manager's shim may be slow. */
const ANSWER_MS = 30_000;

/**
 * Finds the engine: `enginePath` if given, else `terraform`, else `tofu` on the search path. It is asked for its version
 * with an environment of its own, so that no TF_CLI_ARGS or TF_LOG of the host bends the answer.
 *
 * @throws TerraformError `engine_missing`, `engine_broken`, `engine_too_old`
 */
export async function findEngine(options: FindEngineOptions = {}): Promise<Engine> {
  const searchPath = options.searchPath ?? process.env.PATH ?? '';
  const engine = await ask(await locate(options.enginePath, searchPath), searchPath);
  const minimum = minimumVersions[engine.name];
  if (compareVersions(engine.version, minimum) < 0) {
    throw new TerraformError(
      'engine_too_old',
      `${engine.path} is ${engine.name} ${engine.version}; at least ${minimum} is needed`,
    );
  }
  return engine;
}

/** Returns the path of the program to ask. */
async function locate(enginePath: string | undefined, searchPath: string): Promise<string> {
  if (enginePath !== undefined) {
    const path = resolve(enginePath);
    if (await isProgram(path)) return followLinks(path);
    throw new TerraformError('engine_missing', `${path} is not there or not executable`, {
      hint: 'Name an executable terraform or tofu with --engine-path, or leave the option out to search PATH.',
    });
  }
  const folders = searchPath.split(delimiter).filter(folder => folder !== '');
  for (const name of ['terraform', 'tofu'] satisfies EngineName[]) {
    for (const folder of folders) {
      const path = resolve(join(folder, name));
      if (await isProgram(path)) return followLinks(path);
    }
  }
  throw new TerraformError('engine_missing', 'neither terraform nor tofu is on PATH');
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** A link to a program that looks at the name it was called by (a version manager's shim) stays as it is. */
async function followLinks(path: string): Promise<string> {
  const real = await realpath(path);
  return basename(real) === basename(path) || /terraform|tofu/.test(basename(real)) ? real : path;
}

/** What `version -json` prints; tofu uses terraform's key. */
const versionReport = z.object({ terraform_version: z.string().regex(/^\d+\.\d+\.\d+/), platform: z.string().min(1) });

/** Asks the program at `path` who it is. */
async function ask(path: string, searchPath: string): Promise<Engine> {
  // The JSON report does not name the engine; the first line of the plain one does.
  const [json, plain] = await Promise.all([
    run(path, ['version', '-json'], searchPath),
    run(path, ['version'], searchPath),
  ]);
  const report = versionReport.safeParse(parseJson(json));
  const name = /^(Terraform|OpenTofu) v/.exec(plain)?.[1];
  if (!report.success || name === undefined) throw broken(path, '`version` printed what is no version report');
  return {
    name: name === 'OpenTofu' ? 'tofu' : 'terraform',
    version: report.data.terraform_version,
    path,
    platform: report.data.platform,
  };
}

/** Returns what the program prints on stdout. */
async function run(path: string, args: readonly string[], searchPath: string): Promise<string> {
  const answer = await execa(path, args, {
    // PATH and HOME because the program may be the script of a version manager, which looks for its files there.
    env: { PATH: searchPath, HOME: process.env.HOME, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' },
    extendEnv: false,
    cwd: '/',
    stdin: 'ignore',
    reject: false,
    timeout: ANSWER_MS,
  });
  if (answer.timedOut) throw broken(path, `\`version\` did not answer in ${ANSWER_MS / 1000} s`);
  if (answer.exitCode === undefined) throw broken(path, answer.shortMessage ?? 'it did not start', answer.cause);
  if (answer.failed) {
    throw broken(path, firstLine(answer.stderr) ?? `\`version\` ended with exit code ${answer.exitCode}`);
  }
  return answer.stdout;
}

function broken(path: string, why: string, cause?: unknown): TerraformError {
  return new TerraformError('engine_broken', `${path} does not work: ${why}`, { cause });
}

function firstLine(text: string): string | undefined {
  return text.split('\n').find(line => line.trim() !== '');
}
