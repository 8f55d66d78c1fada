import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { test } from 'vitest';
import { buildSpec, importSpec, offerOf } from './double/specs.js';
import { makeTemplate, startReal } from './double/startReal.js';

const main = `
variable "size" { type = number }
resource "terraform_data" "one" { input = var.size }
resource "terraform_data" "two" { input = terraform_data.one.output }
output "size" { value = terraform_data.two.output }
`;
test('bench', async () => {
  const { run, connection, coordinator } = await startReal();
  const template = await makeTemplate({ 'main.tf': main });
  await run(importSpec({ archive: template.archive }), template);
  const bare = tempDir();
  writeFileSync(join(bare, 'main.tf'), main);
  const env = { ...process.env, CHECKPOINT_DISABLE: '1' };
  execFileSync('terraform', ['init'], { cwd: bare, env, stdio: 'ignore' });
  const a: number[] = [],
    b: number[] = [],
    c: number[] = [];
  const ph: Record<string, number[]> = {};
  for (let i = 0; i < 25; i++) {
    const copy = join(tempDir(), 'w');
    cpSync(bare, copy, { recursive: true });
    const { spawn } = await import('node:child_process');
    let t = performance.now();
    await new Promise(r =>
      spawn('terraform', ['apply', '-json', '-auto-approve', '-input=false', '-var=size=3'], {
        cwd: copy,
        env,
        stdio: 'ignore',
      }).on('exit', r),
    );
    a.push(performance.now() - t);
    const spec = buildSpec({ archive: template.archive, variables: [{ name: 'size', value: 3, sensitive: false }] });
    const data = coordinator.attempt(spec.token);
    data.archive = template.content;
    const t0 = performance.now();
    connection.send(offerOf(spec));
    await connection.nextOf('accept', spec.job);
    t = performance.now();
    connection.send({ type: 'accepted', spec, gateOpen: true });
    const { outcome } = await connection.nextOf('terminal', spec.job);
    b.push(performance.now() - t);
    c.push(t - t0);
    const end = performance.timeOrigin + performance.now();
    const at = (p: string) => data.log.find(e => e.kind === 'phase' && e.phase === p)?.at ?? 0;
    const acc = performance.timeOrigin + t;
    const add = (k: string, v: number) => (ph[k] ??= []).push(v);
    add('accept-fetch', at('fetch') - acc);
    add('fetch-apply', at('apply') - at('fetch'));
    add('apply-store', at('store') - at('apply'));
    add('store-terminal', end - at('store'));
    if (outcome.error) console.log(outcome.error);
    connection.send({ type: 'settled', job: spec.job, attempt: 1 });
  }
  const med = (x: number[]) => x.sort((p, q) => p - q)[Math.floor(x.length / 2)]?.toFixed(1);
  for (const [k, v] of Object.entries(ph)) console.log('phase', k, med(v));
  console.log(
    'bare',
    med(a),
    'accept->terminal',
    med(b),
    'offer->accept',
    med(c),
    'min',
    Math.min(...a).toFixed(1),
    Math.min(...b).toFixed(1),
  );
}, 120_000);
