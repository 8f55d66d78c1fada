import type { Readable } from 'node:stream';
import {
  type AttemptResult,
  attemptRoutes,
  BerthError,
  fillPath,
  limits,
  type Route,
  type StateRef,
} from '@berth/protocol';
import { readAnswer, readNothing } from './answer.js';
import { type Download, download } from './download.js';
import type { HttpAnswer, HttpClient } from './httpClient.js';
import { type RetryOptions, retrying } from './retry.js';
import { type UploadStatus, upload } from './upload.js';

/** A state file to send. */
export interface StateFile extends StateRef {
  path: string;
}

/**
 * What one attempt reads and writes over HTTP with its token. Everything is tried again for as long as it takes; the
 * signal given with each call ends that.
 */
export class AttemptApi {
  /**
   * @param token valid for this attempt alone; replaced when the coordinator answers a repeated accept
   * @param retry pauses between tries, and who is told of them
   */
  constructor(
    private readonly http: HttpClient,
    public token: string,
    private readonly retry: Omit<RetryOptions, 'signal'>,
  ) {}

  /** Fetches the template archive into a file. Throws BerthError. */
  async downloadArchive(file: string, archive: { digest: string; sizeBytes: number }, signal: AbortSignal) {
    await this.#download(attemptRoutes.attemptArchive, { file, ...archive }, signal);
  }

  /** Fetches the state to build on into a file. Throws BerthError. */
  async downloadState(file: string, state: StateRef, signal: AbortSignal) {
    await this.#download(attemptRoutes.attemptState, { file, ...state }, signal);
  }

  /** Sends a state. Throws BerthError. */
  async uploadState(state: StateFile, kind: 'snapshot' | 'final', signal: AbortSignal): Promise<void> {
    await this.#uploadState(state, kind, { ...this.retry, signal });
  }

  /**
   * Sends the state of an attempt that was fenced. A token that is not known is final here: no accept would be answered
   * with another. Throws BerthError.
   */
  async uploadSalvage(state: StateFile, signal: AbortSignal): Promise<void> {
    await this.#uploadState(state, 'salvage', { ...this.retry, signal, final: ['unauthenticated'] });
  }

  async #uploadState(
    state: StateFile,
    kind: 'snapshot' | 'final' | 'salvage',
    { signal, ...retry }: RetryOptions,
  ): Promise<void> {
    const { digest, serial, lineage, sizeBytes } = state;
    if (sizeBytes > limits.stateBytes) {
      throw new BerthError('limit_exceeded', `the state is larger than ${limits.stateBytes / 1024 ** 2} MiB`);
    }
    const { attemptStateStatus, uploadAttemptState } = attemptRoutes;
    const status = async (): Promise<UploadStatus> => {
      const answer = await this.#send(attemptStateStatus, { params: { digest }, signal });
      return readAnswer(answer, attemptStateStatus.response);
    };
    const put = async (offset: number, body: Readable): Promise<UploadStatus> => {
      const query = { offset, size: sizeBytes, serial, lineage, kind };
      const headers = { 'content-type': 'application/octet-stream', 'content-length': sizeBytes - offset };
      const answer = await this.#send(uploadAttemptState, { params: { digest }, query, headers, body, signal });
      return readAnswer(answer, uploadAttemptState.response);
    };
    await upload({ file: state.path, sizeBytes, status, put }, { ...retry, signal });
  }

  /** Sends what the attempt found or made. Throws BerthError. */
  async uploadResult(result: AttemptResult, signal: AbortSignal): Promise<void> {
    const body = JSON.stringify(result);
    if (Buffer.byteLength(body) > limits.resultBytes) {
      throw new BerthError('limit_exceeded', `the result is larger than ${limits.resultBytes / 1024 ** 2} MiB`, {
        hint: 'It is made of the resources and outputs of the state: make the outputs smaller.',
      });
    }
    await retrying({ ...this.retry, signal }, async () => {
      await readNothing(await this.#sendJson(attemptRoutes.uploadAttemptResult, body, signal));
    });
  }

  /**
   * Sends log entries and returns the number of the last one stored.
   *
   * @param body a log batch as JSON text
   * @throws BerthError `log_gap`, and what else the coordinator answered
   */
  async appendLog(body: string, signal: AbortSignal): Promise<number> {
    return retrying({ ...this.retry, signal }, async () => {
      const answer = await this.#sendJson(attemptRoutes.appendAttemptLog, body, signal);
      return (await readAnswer(answer, attemptRoutes.appendAttemptLog.response)).stored;
    });
  }

  async #download(route: Route, what: Omit<Download, 'request'>, signal: AbortSignal): Promise<void> {
    const request = (offset: number) => {
      return this.#send(route, { headers: offset === 0 ? {} : { range: `bytes=${offset}-` }, signal });
    };
    await download({ ...what, request }, { ...this.retry, signal });
  }

  #sendJson(route: Route, body: string, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return this.#send(route, { headers, body, signal });
  }

  #send(
    route: Route,
    request: {
      params?: Record<string, string>;
      query?: Record<string, string | number>;
      headers?: Record<string, string | number>;
      body?: string | Readable;
      signal: AbortSignal;
    },
  ): Promise<HttpAnswer> {
    const query = Object.entries(request.query ?? {}).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    return this.http.request({
      method: route.method,
      path: fillPath(route.path, request.params ?? {}) + (query.length === 0 ? '' : `?${query.join('&')}`),
      headers: { ...request.headers, authorization: `Bearer ${this.token}` },
      body: request.body,
      signal: request.signal,
    });
  }
}
