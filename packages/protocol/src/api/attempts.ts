import { z } from 'zod';
import { attemptResult, stateRef } from '../attempt.js';
import { logBatch } from '../logEntry.js';
import { digest } from '../names.js';
import { route } from '../route.js';

/** What a daemon reads and writes over HTTP with the token of an attempt: the token names job and attempt. */
export const attemptRoutes = {
  attemptArchive: route({
    method: 'GET',
    path: '/api/v1/attempt/archive',
    auth: 'attempt',
    summary: 'The template archive; ranges are served',
    responseBody: 'bytes',
    errors: ['fenced'],
  }),
  attemptState: route({
    method: 'GET',
    path: '/api/v1/attempt/state',
    auth: 'attempt',
    summary: 'The state to build on; ranges are served',
    responseBody: 'bytes',
    errors: ['fenced'],
  }),
  attemptStateStatus: route({
    method: 'GET',
    path: '/api/v1/attempt/states/:digest',
    auth: 'attempt',
    summary: 'How much of a state this attempt has uploaded',
    params: z.object({ digest }),
    response: z.object({ receivedBytes: z.number().int(), complete: z.boolean() }),
  }),
  uploadAttemptState: route({
    method: 'PUT',
    path: '/api/v1/attempt/states/:digest',
    auth: 'attempt',
    summary: 'Upload a state, whole or from `offset` on: a snapshot, the final one, or that of a fenced attempt',
    params: z.object({ digest }),
    query: z.object({
      offset: z.coerce.number().int().min(0).default(0),
      size: z.coerce.number().int().positive(),
      serial: z.coerce.number().int().min(0),
      lineage: stateRef.shape.lineage,
      /**
       * A snapshot is the newest valid state of an apply that still runs; salvage is what an attempt ended with that had
       * been fenced before.
       */
      kind: z.enum(['snapshot', 'final', 'salvage']),
    }),
    requestBody: 'bytes',
    response: z.object({ receivedBytes: z.number().int(), complete: z.boolean() }),
    errors: ['fenced', 'digest_mismatch', 'range_mismatch', 'limit_exceeded'],
  }),
  uploadAttemptResult: route({
    method: 'PUT',
    path: '/api/v1/attempt/result',
    auth: 'attempt',
    summary: 'What the attempt found or made; a later one replaces it',
    body: attemptResult,
    errors: ['fenced', 'limit_exceeded'],
  }),
  appendAttemptLog: route({
    method: 'POST',
    path: '/api/v1/attempt/logs',
    auth: 'attempt',
    summary: 'Append log entries; those that are there already are passed over, a gap is refused',
    body: logBatch,
    response: z.object({
      /** Number of the last entry that is stored. */
      stored: z.number().int(),
    }),
    errors: ['fenced', 'log_gap', 'limit_exceeded'],
  }),
};
