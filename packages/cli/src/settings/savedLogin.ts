import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BerthError } from '@berth/protocol';
import { z } from 'zod';
import { configFolder } from './configFolder.js';

const savedLogin = z.object({ url: z.string(), token: z.string(), username: z.string() });

/** What `berth login` keeps. The token is good for this address alone. */
export type SavedLogin = z.infer<typeof savedLogin>;

/** @throws BerthError `invalid_request` when the file is there and cannot be read */
export function readSavedLogin(folder = configFolder()): SavedLogin | null {
  const file = fileIn(folder);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new BerthError('invalid_request', `cannot read the saved login ${file}`, { cause });
  }
  try {
    return savedLogin.parse(JSON.parse(text));
  } catch (cause) {
    throw new BerthError('invalid_request', `the saved login ${file} is damaged`, {
      cause,
      hint: "Remove it, and run 'berth login URL'.",
    });
  }
}

/** Written aside and renamed, so that another `berth` never reads half of it; readable by its owner alone. */
export function writeSavedLogin(login: SavedLogin, folder = configFolder()): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    replaceFile(fileIn(folder), `${JSON.stringify(login, null, 2)}\n`);
  } catch (cause) {
    throw new BerthError('invalid_request', `cannot write the login to ${folder}`, {
      cause,
      hint: 'Name another folder in BERTH_CONFIG_DIR.',
    });
  }
}

export function removeSavedLogin(folder = configFolder()): void {
  rmSync(fileIn(folder), { force: true });
}

function fileIn(folder: string): string {
  return join(folder, 'login.json');
}

function replaceFile(file: string, text: string): void {
  const aside = `${file}.${process.pid}.new`;
  try {
    const descriptor = openSync(aside, 'w', 0o600);
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(aside, file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}
