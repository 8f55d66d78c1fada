import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { packTemplate } from '../src/push/packTemplate.js';
import { berth } from './berth.js';

const installed = join(import.meta.dirname, '../../../node_modules');

test('an example in TypeScript brings the constructs with it, and is compiled when it is packed', async () => {
  const folder = join(tempDir(), 'mine');
  const made = await berth(['templates', 'init', 'kubernetes-manifest', folder]);
  expect(made.stderr).toContain(`To push it: npm install --prefix ${folder} && berth templates push -d ${folder}\n`);
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  expect(dependencies['@berth/constructs']).toBe('file:vendor/berth-constructs');
  expect(Object.keys(dependencies)).not.toContain('@cdktf/provider-kubernetes');
  expect(existsSync(join(folder, 'vendor/berth-constructs/dist/index.d.ts'))).toBe(true);
  expect(existsSync(join(folder, 'vendor/berth-constructs/dist/.test'))).toBe(false);

  install(folder, ['cdktf', 'constructs', 'typescript', '.bin']);
  const packed = await packTemplate(folder);
  onTestFinished(packed.dispose);
  expect(packed).toMatchObject({ entries: 2, leftOut: [] });

  const main = readFileSync(join(folder, 'main.ts'), 'utf8');
  writeFileSync(join(folder, 'main.ts'), main.replace('  image,', '  image: cpu,'));
  await expect(packTemplate(folder)).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringMatching(/^the template was not synthesised: .* ended with exit code/),
  });
});

/** What `npm install` does with a project, from what is installed already. */
function install(folder: string, names: readonly string[]): void {
  mkdirSync(join(folder, 'node_modules/@berth'), { recursive: true });
  symlinkSync('../../vendor/berth-constructs', join(folder, 'node_modules/@berth/constructs'));
  for (const name of names) symlinkSync(join(installed, name), join(folder, 'node_modules', name));
}
