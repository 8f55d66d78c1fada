import type { BerthError } from '@berth/protocol';
import { onTestFinished } from 'vitest';
import { AttemptApi } from '../../src/transfer/attemptApi.js';
import { HttpClient } from '../../src/transfer/httpClient.js';
import type { AttemptData } from './attemptServer.js';
import { TestCoordinator } from './testCoordinator.js';

interface StartedApi {
  coordinator: TestCoordinator;
  api: AttemptApi;
  data: AttemptData;
  /** Failures that were tried again. */
  retries: BerthError[];
}

/** The HTTP side of one attempt against a test coordinator. */
export async function startApi(idleMs = 5_000): Promise<StartedApi> {
  const coordinator = await TestCoordinator.start();
  const http = new HttpClient(coordinator.url, idleMs);
  onTestFinished(() => http.close());
  const retries: BerthError[] = [];
  const api = new AttemptApi(http, 'token', {
    minMs: 5,
    maxMs: 20,
    onRetry: error => retries.push(error),
    onRefused: () => undefined,
  });
  return { coordinator, api, data: coordinator.attempt('token'), retries };
}
