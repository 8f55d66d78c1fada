import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { berth } from './berth.js';

test.each(['content-length', 'transfer-encoding'])('a backup that is cut leaves no file (%s)', async header => {
  const server = createServer((_, response) => {
    response.writeHead(200, { [header]: header === 'content-length' ? 100_000 : 'chunked' });
    response.write(Buffer.alloc(50_000, 'SQLite format 3'), () => response.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const folder = tempDir();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stderr } = await berth(['server', 'backup', join(folder, 'copy')], {
    BERTH_URL: url,
    BERTH_SESSION_TOKEN: 'berth_ses_any',
  });
  expect(code).toBe(4);
  expect(stderr).not.toContain('The backup is in');
  expect(readdirSync(folder)).toEqual([]);
});
