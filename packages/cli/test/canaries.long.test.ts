import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { routes } from '@berth/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Running, startBerth } from './berth.js';
import { adminPassword, psk, useSite, writeTemplate } from './site.js';

const site = useSite();
const random = (): string => randomBytes(12).toString('hex');

/** One secret of each kind. */
const canaries = {
  parameter: `parameter+${random()}`,
  pinned: `pinned/${random()}`,
  environment: `environment=${random()}`,
  address: random(),
  psk,
  adminPassword,
};
/** Comes into being in the build alone. */
const output = createHash('sha256').update(canaries.parameter).digest('hex');

/** Prints all that it knows, as it is and encoded, and then waits. */
const main = `
variable "berth" { type = object({ transition = string }) }
variable "parameter" {
  type      = string
  sensitive = true
}
variable "pinned" {
  type      = string
  sensitive = true
}
variable "fails" {
  type    = bool
  default = false
}
variable "folder" { type = string }
locals {
  open = nonsensitive("\${var.parameter} \${var.pinned}")
}
resource "terraform_data" "printer" {
  input = var.parameter
  provisioner "local-exec" {
    command = <<-EOT
      echo "plain $OPEN $MY_API_KEY $DATABASE_URL $(cat \${var.folder}/psk)"
      echo "encoded $ENCODED"
      echo "$OPEN" | base64 -w 0
      tr '\\0' '\\n' </proc/$PPID/environ
      cat ../attempt.json ../variables.json
      : >\${var.folder}/running
      while [ ! -e \${var.folder}/go ]; do sleep 0.02; done
    EOT
    environment = { OPEN = local.open, ENCODED = urlencode(local.open) }
  }
  lifecycle {
    precondition {
      condition     = !var.fails
      error_message = "It fails with \${local.open}."
    }
  }
}
output "digest" {
  value     = sha256(var.parameter)
  sensitive = true
}
`;

let daemon: Running;

beforeAll(async () => {
  const args = ['provisionerd', 'start', '--url', site.url, '--psk-file', site.pskFile, '--sandbox', 'none'];
  daemon = startBerth(
    [...args, '--name', 'canary', '--data-dir', join(site.folder, 'daemon'), '--log-level', 'debug'],
    {
      MY_API_KEY: canaries.environment,
      DATABASE_URL: `postgres://me:${canaries.address}@localhost/x`,
    },
  );
  await daemon.until(/successfully connected/);
  const folder = writeTemplate(site.folder, 'canary', main);
  const variables = ['--variable', `pinned=${canaries.pinned}`, '--variable', `folder=${site.folder}`];
  const pushed = await site.run('templates', 'push', '-d', folder, ...variables, '--yes');
  if (pushed.code !== 0) throw new Error(pushed.stderr);
});
afterAll(async () => {
  await daemon?.stop('SIGTERM');
});

test('no secret of any kind is seen anywhere while a build runs and after it', async () => {
  const given = ['--template', 'canary', '--parameter', `parameter=${canaries.parameter}`, '--yes'];
  const creating = site.run('create', 'first', ...given);
  await expect.poll(() => existsSync(join(site.folder, 'running')), { timeout: 100_000, interval: 20 }).toBe(true);
  const processes = processesOf(join(site.folder, 'daemon'));
  expect(processes.map(({ argv }) => argv).join('\n')).toMatch(/terraform apply/);
  for (const { argv, environ } of processes) {
    expectNone(argv);
    // What the daemon's owner gives to templates by the environment is there, and nothing that came with the job.
    expect(environ).toContain(canaries.environment);
    expectNone(environ, ['environment', 'address']);
    expect(environ).not.toMatch(/berth_att_|BERTH_/);
  }
  writeFileSync(join(site.folder, 'go'), '');
  const created = await creating;
  expect(created.code).toBe(0);
  expectNone(created.stdout + created.stderr);

  const failed = await site.run('create', 'second', ...given, '--parameter', 'fails=true');
  expect(failed.code).toBe(1);
  expect(failed.stderr + failed.stdout).toContain('It fails with [redacted] [redacted].');
  expectNone(failed.stdout + failed.stderr);

  const log = (await site.run('logs', 'first')).stdout;
  expect(log).toContain('plain [redacted] [redacted] [redacted] postgres://me:[redacted]@localhost/x [redacted]');
  expect(log).toContain('encoded [redacted]');
  expect(log).toContain('MY_API_KEY=[redacted]');
  expectNone(log);
  expect(log).not.toMatch(/berth_att_/);

  const answers = await allAnswers();
  for (const [path, text] of answers) expectNone(`${path}: ${text}`);

  for (const service of [daemon, site.server]) expectNone(service.output());
  expectNoneBelow(join(site.folder, 'daemon'));
  expectNoneBelow(join(site.folder, 'coordinator'));
  // It was there to be found.
  expect((await site.run('show', 'first', '--reveal')).stdout).toContain(output);
}, 120_000);

/** None of the canaries, in no form that they were printed in. */
function expectNone(text: string, but: (keyof typeof canaries)[] = []): void {
  for (const [kind, canary] of [...Object.entries(canaries), ['output', output] as const]) {
    if (but.some(name => name === kind)) continue;
    for (const form of [canary, encodeURIComponent(canary), innerBase64(canary)]) {
      expect(text.includes(form) ? `${kind}: ${excerpt(text, form)}` : kind).toBe(kind);
    }
  }
}

/** What of its base64 depends on it alone. */
function innerBase64(canary: string): string {
  return Buffer.from(canary).toString('base64').slice(0, -4);
}

function excerpt(text: string, form: string): string {
  const at = text.indexOf(form);
  return text.slice(Math.max(0, at - 80), at + form.length + 40);
}

/** The files of a folder as they are on disk, the database included. */
function expectNoneBelow(folder: string): void {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expectNone(readFileSync(join(file.parentPath, file.name), 'latin1'));
}

/** Supervisor, engine and what it has started: whatever works in the daemon's data directory. */
function processesOf(dataDir: string): { argv: string; environ: string }[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        if (!readlinkSync(`/proc/${pid}/cwd`).startsWith(dataDir)) return [];
        const [argv, environ] = ['cmdline', 'environ'].map(name => readFileSync(`/proc/${pid}/${name}`, 'utf8'));
        // A shell of the provisioner has what the template gave it.
        if (argv === undefined || !environ || environ.includes('\0OPEN=')) return [];
        return [{ argv: argv.replaceAll('\0', ' '), environ: `\0${environ}` }];
      } catch {
        // It has ended in the meantime.
        return [];
      }
    });
}

/** What the API answers an owner of the site on everything that can be asked about it, by path. */
async function allAnswers(): Promise<Map<string, string>> {
  const token = (await site.run('tokens', 'create', 'canary')).stdout.trim();
  const answers = new Map<string, string>();
  let succeeded = 0;
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(new URL(path, site.url), { headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    answers.set(path, text);
    if (response.ok) succeeded += 1;
    return JSON.parse(text);
  };
  const ids = await knownIds(get);
  for (const { method, path, auth, responseBody } of Object.values(routes)) {
    if (method !== 'GET' || auth === 'attempt' || responseBody !== 'json') continue;
    for (const filled of fill(path, ids)) await get(filled);
  }
  expect(succeeded).toBeGreaterThan(15);
  return answers;
}

/** Values of the parameters in the paths of routes. */
async function knownIds(get: (path: string) => Promise<unknown>): Promise<Record<string, string[]>> {
  const idsAt = async (path: string): Promise<string[]> => idsIn(await get(path));
  const organization = await idsAt('/api/v1/organizations');
  const template = await idsAt(`/api/v1/organizations/${organization[0]}/templates`);
  return {
    organization,
    template,
    version: await idsAt(`/api/v1/templates/${template[0]}/versions`),
    workspace: await idsAt('/api/v1/workspaces'),
    job: await idsAt(`/api/v1/organizations/${organization[0]}/jobs`),
    number: ['1'],
  };
}

function idsIn(answer: unknown): string[] {
  const items = typeof answer === 'object' && answer !== null && 'items' in answer ? answer.items : answer;
  if (!Array.isArray(items)) throw new Error(`no list: ${JSON.stringify(answer)}`);
  return items.map((item: { id: string }) => item.id);
}

/** Every path that the ids make of one with parameters; none for a parameter of another kind. */
function fill(path: string, ids: Readonly<Record<string, string[]>>): string[] {
  const [parameter, name] = /:([a-zA-Z]+)/.exec(path) ?? [];
  if (parameter === undefined || name === undefined) return [path];
  return (ids[name] ?? []).flatMap(id => fill(path.replace(parameter, id), ids));
}
