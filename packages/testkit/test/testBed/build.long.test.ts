import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { tempDir } from '../../src/index.js';
import { buildPart } from '../../src/testBed/buildPart.js';
import { partNames } from '../../src/testBed/parts.js';
import { type Recipe, recipeOf } from '../../src/testBed/recipe.js';

const noGo = spawnSync('go', ['version']).status !== 0;

/** A program of a few lines that is built like a part. */
function tinyPart(): Recipe {
  const [module, bed] = [tempDir(), tempDir()];
  writeFileSync(join(module, 'go.mod'), 'module test.invalid/tiny\n\ngo 1.21\n');
  writeFileSync(join(module, 'main.go'), 'package main\n\nvar said = "no"\n\nfunc main() { print(said) }\n');
  return {
    ...recipeOf('time'),
    part: { module: 'test.invalid/tiny', programs: { tiny: '' } },
    module,
    linkerFlags: '-s -w -X main.said=yes',
    folder: join(bed, 'tiny-1'),
    failure: join(bed, 'tiny-1.failure'),
  };
}

test('every part has a version', () => {
  for (const name of partNames) expect(recipeOf(name).version).toMatch(/^\d+\.\d+\.\d+$/);
});

describe.skipIf(noGo)(`a part${noGo ? ' (Go is not installed)' : ''}`, () => {
  test('is built once for two who want it, and nothing else is left', { timeout: 300_000 }, async () => {
    const recipe = tinyPart();
    const reports: string[] = [];
    await Promise.all([1, 2].map(() => buildPart(recipe, doing => void reports.push(doing))));
    const run = spawnSync(join(recipe.folder, 'bin', 'tiny'), { encoding: 'utf8' });
    expect(run.stderr).toBe('yes');
    expect(reports.filter(doing => doing === 'fetching modules')).toHaveLength(1);
    expect(readdirSync(join(recipe.folder, '..')).sort()).toEqual(['tiny-1', 'tiny-1.lock']);
  });

  test('is whole although its first builder was killed', { timeout: 300_000 }, async () => {
    const recipe = tinyPart();
    const draft = `${recipe.folder}.draft-1`;
    mkdirSync(draft);
    writeFileSync(join(draft, 'half'), '');
    await buildPart(recipe, () => undefined);
    expect(existsSync(draft)).toBe(false);
    expect(readdirSync(recipe.folder)).toEqual(['bin']);
  });

  test('that cannot be fetched says why in one line, and leaves a note', { timeout: 300_000 }, async () => {
    const recipe = { ...recipeOf('time'), folder: join(tempDir(), 'time-1') };
    recipe.failure = `${recipe.folder}.failure`;
    vi.stubEnv('GOPROXY', 'http://127.0.0.1:9');
    vi.stubEnv('GOMODCACHE', tempDir());
    const failure = await buildPart(recipe, () => undefined).catch((error: unknown) => error);
    vi.unstubAllEnvs();
    expect(failure).toMatchObject({ message: expect.stringMatching(/^[^\n]*connection refused[^\n]*$/) });
    expect(readFileSync(recipe.failure, 'utf8')).toContain('connection refused');
    expect(existsSync(recipe.folder)).toBe(false);
  });
});

test('without Go a part says so', async () => {
  const recipe = { ...recipeOf('time'), folder: join(tempDir(), 'time-1') };
  recipe.failure = `${recipe.folder}.failure`;
  const path = (process.env.PATH ?? '').split(delimiter).filter(folder => !existsSync(join(folder, 'go')));
  vi.stubEnv('PATH', path.join(delimiter));
  const failure = await buildPart(recipe, () => undefined).catch((error: unknown) => error);
  vi.unstubAllEnvs();
  expect(failure).toMatchObject({ message: 'Go is not installed' });
});
