import { z } from 'zod';
import { routes } from './api/index.js';
import { errorBody, errorCodes } from './errors.js';
import type { Route } from './route.js';
import { BERTH_VERSION } from './versions.js';

/** The OpenAPI 3.1 description of the HTTP API, made of the route declarations. */
export function openApi(accessUrl: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  const schemas: Record<string, unknown> = {};
  const jsonSchema: JsonSchema = (schema, io) => {
    const {
      $schema: _,
      $defs = {},
      ...rest
    } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
    Object.assign(schemas, hoisted($defs));
    return hoisted(rest);
  };
  schemas.Error = jsonSchema(errorBody, 'output');
  for (const [operationId, declared] of Object.entries(routes) as [string, Route][]) {
    const path = declared.path.replace(/:([a-zA-Z]+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][declared.method.toLowerCase()] = operation(operationId, declared, jsonSchema);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Berth', version: BERTH_VERSION },
    servers: [{ url: accessUrl }],
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas,
    },
    paths,
  };
}

/** A schema's JSON form; what it refers to goes to `components.schemas`. */
type JsonSchema = (schema: z.ZodType, io: 'input' | 'output') => Record<string, unknown>;

function operation(operationId: string, declared: Route, jsonSchema: JsonSchema): Record<string, unknown> {
  return {
    operationId,
    summary: declared.summary,
    security: declared.auth === 'public' ? [] : [{ token: [] }],
    parameters: [
      ...parameters(declared.params, 'path', jsonSchema),
      ...parameters(declared.query, 'query', jsonSchema),
    ],
    ...(declared.requestBody === 'none'
      ? {}
      : { requestBody: { required: true, content: requestContent(declared, jsonSchema) } }),
    responses: {
      [declared.status]: { description: 'Success', ...responseContent(declared, jsonSchema) },
      ...errorResponses(declared),
    },
  };
}

function parameters(schema: z.ZodType, where: 'path' | 'query', jsonSchema: JsonSchema): unknown[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, unknown>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, inner]) => {
    return { name, in: where, required: where === 'path' || required.includes(name), schema: inner };
  });
}

function requestContent(declared: Route, jsonSchema: JsonSchema): unknown {
  if (declared.requestBody === 'bytes') return { 'application/octet-stream': {} };
  return { 'application/json': { schema: jsonSchema(declared.body, 'input') } };
}

function responseContent(declared: Route, jsonSchema: JsonSchema): Record<string, unknown> {
  switch (declared.responseBody) {
    case 'none':
      return {};
    case 'bytes':
      return { content: { 'application/octet-stream': {} } };
    case 'events':
      return { content: { 'text/event-stream': {} } };
    case 'json':
      return { content: { 'application/json': { schema: jsonSchema(declared.response, 'output') } } };
  }
}

/** One answer a status, naming the codes that it can carry. */
function errorResponses(declared: Route): Record<string, unknown> {
  const byStatus = new Map<number, string[]>();
  const general =
    declared.auth === 'public'
      ? ['invalid_request' as const]
      : (['invalid_request', 'unauthenticated', 'forbidden', 'not_found'] as const);
  for (const code of [...general, ...declared.errors]) {
    const { status } = errorCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.join(', '),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    ]),
  );
}

/** Schemas refer to each other within their own document; in this one they stand under `components`. */
function hoisted(schema: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}
