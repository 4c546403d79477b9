import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
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

async function send(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
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

export const fetcher: Fetcher = createGraphiQLFetcher({
  url: endpoint,
  fetch: send,
  wsClient: sockets,
  enableIncrementalDelivery: false,
});
