import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempDir } from './tempDir.js';

/** A server on loopback whose certificate no machine trusts by itself. */
export interface TlsServer {
  /** `https://127.0.0.1:PORT/`. */
  url: string;
  /** File of the certificate that vouches for it, for SSL_CERT_FILE. */
  certificate: string;
  /** What was asked for, in its order: `GET /PATH`. */
  requests: string[];
}

/** Starts one that ends with the running test. Needs openssl on PATH. */
export async function startTlsServer(
  serve: (path: string, response: ServerResponse, request: IncomingMessage) => void,
): Promise<TlsServer> {
  const folder = tempDir();
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const named = ['-subj', '/CN=berth-test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', ...made, ...named, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  const requests: string[] = [];
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
    const path = (request.url ?? '/').replace(/\?.*/, '');
    requests.push(`${request.method} ${path}`);
    serve(path, response, request);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise(resolve => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${port}/`, certificate, requests };
}
