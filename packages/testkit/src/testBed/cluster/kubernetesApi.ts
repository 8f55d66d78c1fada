import { readFileSync } from 'node:fs';
import { request } from 'node:https';

/** Where an API server is and who asks it. */
export interface Access {
  /** `https://127.0.0.1:PORT` */
  server: string;
  /** File with the certificates that the server's own is signed by. */
  caFile: string;
  token: string;
}

export interface Answer {
  /** HTTP status. */
  status: number;
  /** The parsed JSON; the text where it is none. */
  body: unknown;
}

/**
 * Asks the API server.
 *
 * @param path such as `/api/v1/namespaces/default/pods`
 * @param body is sent as JSON; with PATCH as a merge patch
 * @throws Error when it does not answer
 */
export async function askKubernetes(access: Access, method: string, path: string, body?: unknown): Promise<Answer> {
  const payload = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, access.server),
      {
        method,
        ca: readFileSync(access.caFile),
        agent: false,
        headers: {
          authorization: `Bearer ${access.token}`,
          'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
          'content-length': Buffer.byteLength(payload),
        },
      },
      response => {
        let text = '';
        response.setEncoding('utf8').on('data', piece => {
          text += piece;
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(text) }));
      },
    );
    asked.on('error', reject);
    asked.end(payload);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
