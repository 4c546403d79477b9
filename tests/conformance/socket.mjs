// The graphql-ws client against a live server. Prints one JSON object with what it saw.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

// whatever hangs is told
setTimeout(() => {
  console.error('took too long', JSON.stringify(globalThis.seen));
  process.exit(1);
}, 20_000).unref();

const [url, token] = process.argv.slice(2);
const address = url.replace(/^http/, 'ws');
const SUBMIT = 'mutation ($text: String!) { complaintSubmit(input: { text: $text, channel: "email", source: "socket" }) { complaint { id } userErrors { code message } } }';

const make = (authorization, events = {}) =>
  createClient({
    url: address,
    webSocketImpl: WebSocket,
    connectionParams: authorization ? { authorization } : {},
    retryAttempts: 0,
    lazyCloseTimeout: 0,
    on: events,
  });

const collect = (client, request) =>
  new Promise((resolve) => {
    const results = [];
    client.subscribe(request, {
      next: (result) => results.push(result),
      error: (error) => resolve({ results, error: Array.isArray(error) ? error : { code: error.code, reason: error.reason } }),
      complete: () => resolve({ results, completed: true }),
    });
  });

const seen = (globalThis.seen = {});
const client = make(`Bearer ${token}`);

seen.query = await collect(client, { query: 'query Name { __typename }', operationName: 'Name' });
seen.invalid = await collect(client, { query: '{ noSuchField }' });

let pongs = 0;
const pinging = make(`Bearer ${token}`, { pong: () => (pongs += 1) });
const several = await Promise.all([1, 2, 3].map(() => collect(pinging, { query: '{ __typename }' })));
seen.several = several.map((one) => one.completed);
await pinging.dispose();

// what is submitted over the socket comes back over the socket
const iterator = client.iterate({ query: 'subscription { complaintReceived { id text } }' });
const first = iterator.next();
await new Promise((resolve) => setTimeout(resolve, 300));
seen.submitted = await collect(client, { query: SUBMIT, variables: { text: `Said at ${crypto.randomUUID()}.` } });
seen.received = await first;
await iterator.return();

seen.refused = await collect(make('Bearer nba_wrong'), { query: '{ __typename }' });
seen.anonymous = await collect(make(null), { query: '{ __typename }' });
await client.dispose();
console.log(JSON.stringify(seen));
