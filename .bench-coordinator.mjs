import { startCoordinator } from '@berth/coordinator';
import { createClient, followJob, uploadFile } from '@berth/client';
import { routes, PSK_HEADER, DAEMON_SOCKET_PATH, PROTOCOL_VERSION, BERTH_VERSION } from '@berth/protocol';
import { WebSocket } from 'ws';
import { mkdtempSync, rmSync } from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { fork } from 'node:child_process';
const dir = mkdtempSync('/tmp/bench-co-');
if (process.argv[2] === 'server') {
  const c = await startCoordinator({ dataDir: process.argv[3], address: '127.0.0.1:0', psks: [{ name: 't', secret: 'secret', organizations: null }] });
  process.send({ url: c.url });
  process.on('message', async () => { process.send({ rss: process.memoryUsage().rss / 1e6 }); await c.stop(); process.exit(0); });
} else {
  const child = fork(process.argv[1], ['server', dir], { execArgv: process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof'] : [] });
  const url = await new Promise(r => child.once('message', m => r(m.url)));
  const first = await createClient({ url }).call(routes.createFirstUser, { body: { username: 'a', email: 'a@example.com', password: 'correct horse' } });
  const client = createClient({ url, token: first.token });
  const ws = new WebSocket(url.replace('http', 'ws') + DAEMON_SOCKET_PATH, { headers: { [PSK_HEADER]: 'secret' } });
  await new Promise(r => ws.once('open', r));
  const waiting = new Map(); const queue = [];
  ws.on('message', d => { const m = JSON.parse(d); m.at = performance.now(); const w = waiting.get(m.type); if (w) { waiting.delete(m.type); w(m); } else queue.push(m); });
  const next = type => new Promise(r => { const i = queue.findIndex(m => m.type === type); if (i >= 0) r(queue.splice(i, 1)[0]); else waiting.set(type, r); });
  const send = m => ws.send(JSON.stringify(m));
  send({ type: 'hello', protocol: PROTOCOL_VERSION, version: BERTH_VERSION, name: 'd', organization: null, tags: {}, slots: 1, engine: { name: 'terraform', version: '1.11.4' }, platform: 'x', hostname: 'h', instance: randomUUID(), sandbox: 'none', attempts: [] });
  await next('welcome');
  const org = first.user.memberships[0].organization.id;
  const digest = createHash('sha256').update('a').digest('hex');
  await uploadFile(client, { digest, content: new Blob(['a']) });
  const { version } = await client.call(routes.pushVersion, { params: { organization: org, template: 't' }, body: { archive: digest } });
  let offer = await next('offer');
  send({ type: 'accept', job: offer.job, attempt: offer.attempt, openGate: false });
  let { spec } = await next('accepted');
  const base = { type: 'template_import', engine: { name: 'terraform', version: '1.11.4' }, variables: [], outputs: [], readme: null, requiredVersion: null, plugins: [], lockFile: null, ignoredBackend: null, plan: null, planSkipped: null };
  await createClient({ url, token: spec.token }).call(routes.uploadAttemptResult, { body: base });
  send({ type: 'terminal', job: offer.job, attempt: offer.attempt, outcome: { error: null, state: null, result: true } });
  await next('settled');
  const ws1 = await client.call(routes.createWorkspace, { params: { organization: org }, body: { name: 'w', template: version.template.id } });
  const rows = { 'request -> offer': [], 'request -> response': [], 'offer -> accepted (sent by daemon)': [], 'terminal -> settled': [], 'terminal -> SSE end': [], 'log batch': [], 'state upload': [] };
  const N = 120;
  let build = ws1.latestBuild;
  for (let i = 0; i < N; i++) {
    if (i > 0) {
      const t0 = performance.now();
      const p = client.call(routes.createBuild, { params: { workspace: ws1.id }, body: { transition: i % 2 ? 'stop' : 'start' } }).then(b => { rows['request -> response'].push(performance.now() - t0); return b; });
      offer = await next('offer');
      rows['request -> offer'].push(offer.at - t0);
      build = await p;
    } else offer = await next('offer');
    const following = (async () => { for await (const _ of followJob(client, build.job.id)); return performance.now(); })();
    const t1 = performance.now();
    send({ type: 'accept', job: offer.job, attempt: offer.attempt, openGate: true });
    const acc = await next('accepted');
    rows['offer -> accepted (sent by daemon)'].push(acc.at - t1);
    const http = createClient({ url, token: acc.spec.token });
    const state = JSON.stringify({ serial: i, x: 'y'.repeat(3000) });
    const sd = createHash('sha256').update(state).digest('hex');
    let t = performance.now();
    await http.send(routes.uploadAttemptState, { params: { digest: sd }, query: { size: state.length, serial: i, lineage: 'l', kind: 'final' }, bytes: new TextEncoder().encode(state) }).then(r => r.text());
    rows['state upload'].push(performance.now() - t);
    t = performance.now();
    await http.call(routes.appendAttemptLog, { body: { entries: Array.from({ length: 20 }, (_, n) => ({ n: n + 1, at: 1, phase: 'apply', kind: 'phase' })) } });
    rows['log batch'].push(performance.now() - t);
    const t2 = performance.now();
    send({ type: 'terminal', job: offer.job, attempt: offer.attempt, outcome: { error: null, state: { digest: sd, sizeBytes: state.length, serial: i, lineage: 'l' }, result: false } });
    const s = await next('settled');
    rows['terminal -> settled'].push(s.at - t2);
    rows['terminal -> SSE end'].push((await following) - t2);
  }
  const q = (a, p) => [...a].sort((x, y) => x - y)[Math.min(a.length - 1, Math.floor(a.length * p))].toFixed(2);
  for (const [k, v] of Object.entries(rows)) { const w = v.slice(20); console.log(k.padEnd(36), 'n', w.length, 'p50', q(w, .5), 'p90', q(w, .9), 'p99', q(w, .99), 'ms'); }
  ws.close();
  child.once('message', m => console.log('rss of the coordinator after', m.rss.toFixed(0), 'MB'));
  child.send('stop');
  await new Promise(r => child.once('exit', r));
  rmSync(dir, { recursive: true, force: true });
  process.exit(0);
}
