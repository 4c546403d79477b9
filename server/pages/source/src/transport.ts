import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { type DocumentNode, Kind, parse } from 'graphql';
import { createClient } from 'graphql-ws';

import { type Access, authorization, currentToken, reportAccess } from './token';

// HTTP and WebSocket share the page's own address, whatever prefix a proxy puts before it.
const endpoint = location.origin + location.pathname;
const socketEndpoint = endpoint.replace(/^http/, 'ws');

/** Answers that are not JSON (a proxy's error page, say) become a GraphQL error that can be read in the response pane. */
async function asJson(response: Response): Promise<Response> {
  if (/json/.test(response.headers.get('content-type') ?? '')) return response;
  const text = (await response.text()).slice(0, 500);
  return Response.json({ errors: [{ message: `The server answered ${response.status} ${response.statusText}. ${text}`.trim() }] });
}

async function verdict(response: Response): Promise<Access> {
  if (response.status === 401) return 'refused';
  if (!response.ok) return 'unknown';
  // The newer media type allows 200 for a refusal, told by its code.
  const { errors } = (await response.clone().json()) as { errors?: { extensions?: { code?: string } }[] };
  return errors?.some(error => error.extensions?.code === 'UNAUTHENTICATED') ? 'refused' : 'accepted';
}

async function sendOverHttp(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const token = currentToken();
  const response = await asJson(
    await fetch(input, { ...init, headers: { ...(init.headers as Record<string, string>), ...authorization() } }),
  );
  const access = await verdict(response);
  if (access !== 'unknown') reportAccess(token, access);
  return response;
}

const sockets = createClient({
  url: socketEndpoint,
  connectionParams: authorization,
  retryAttempts: 3,
});

/** Ends the running subscriptions, so that none goes on under a token that was taken away. */
export function hangUp(): void {
  sockets.terminate();
}

const send = createGraphiQLFetcher({
  url: endpoint,
  fetch: sendOverHttp,
  wsClient: sockets,
  enableIncrementalDelivery: false,
});

function parsed(query: string): DocumentNode | undefined {
  try {
    return parse(query);
  } catch {
    return undefined;
  }
}

/**
 * GraphiQL reads the document a moment after the last key, and a quick Ctrl-Enter comes with the name and the tree of
 * what stood there before. So both are taken from the text that is sent.
 */
export const fetcher: Fetcher = (params, options) => {
  const documentAST = parsed(params.query);
  const operations = documentAST?.definitions.filter(node => node.kind === Kind.OPERATION_DEFINITION) ?? [];
  const chosen = operations.find(node => node.name?.value === params.operationName);
  const operationName = (chosen ?? (operations.length === 1 ? operations[0] : undefined))?.name?.value;
  return send({ ...params, operationName }, { ...options, documentAST });
};
