import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { meetsConstraint } from '../src/index.js';
import { engine } from './setup.js';

test.each([
  ['1.11.4', '>= 1.3', true],
  ['1.11.4', '>= 1.11.4', true],
  ['1.11.4', '>= 1.11.5', false],
  ['1.11.4', '>= 1.3, < 1.11', false],
  ['1.11.4', '>= 1.3, < 2', true],
  ['1.11.4', '~> 1.11.0', true],
  ['1.11.4', '~> 1.11.5', false],
  ['1.11.4', '~> 1.10.0', false],
  ['1.11.4', '~> 1.3', true],
  ['1.11.4', '~> 1', true],
  ['2.0.0', '~> 1', false],
  ['2.0.0', '~> 1.3', false],
  ['1.11.4', '1.11.4', true],
  ['1.11.4', '= 1.11', false],
  ['1.11.4', '!= 1.11.4', false],
  ['1.11.4', '!= 1.11.3', true],
  ['1.11.4', '> 1.11.3', true],
  ['1.11.4', '<= 1.11.3', false],
  ['1.11.4', '>=1.3,<2.0', true],
  ['1.11.4', 'v1.11.4', true],
  ['1.12.0-beta1', '>= 1.12', null],
  ['1.11.4', '>= 1.12.0-beta1', null],
  ['1.11.4', 'new', null],
  ['1.11.4', '', null],
])('whether %s meets %s', (version, constraint, expected) => {
  expect(meetsConstraint(version, constraint)).toBe(expected);
});

test('the engine is of the same opinion', () => {
  const folder = tempDir();
  const [major, minor, patch] = engine.version.split('.').map(Number);
  const near = [
    `~> ${major}.${minor}`,
    `~> ${major}.${minor}.0`,
    `< ${major}.${minor}`,
    `>= ${major}.${minor}.${patch}`,
  ];
  for (const constraint of [...near, `~> ${major}`, `> ${engine.version}`, `!= ${engine.version}`]) {
    writeFileSync(join(folder, 'main.tf'), `terraform {\n  required_version = "${constraint}"\n}\n`);
    let accepted = true;
    try {
      execFileSync(engine.path, ['init', '-input=false'], { cwd: folder, stdio: 'pipe' });
    } catch {
      accepted = false;
    }
    expect(meetsConstraint(engine.version, constraint), constraint).toBe(accepted);
  }
});
