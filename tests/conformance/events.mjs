// The graphql-sse client in both of its modes against a live server. Prints one JSON object with what it saw.
import { createClient } from 'graphql-sse';

// whatever hangs is told
setTimeout(() => {
  console.error('took too long', JSON.stringify(globalThis.seen));
  process.exit(1);
}, 20_000).unref();

const [url, token] = process.argv.slice(2);
const SUBMIT = 'mutation ($text: String!) { complaintSubmit(input: { text: $text, channel: "email", source: "events" }) { complaint { id } userErrors { code message } } }';

const collect = (client, request) =>
  new Promise((resolve) => {
    const results = [];
    client.subscribe(request, {
      next: (result) => results.push(result),
      error: (error) => resolve({ results, error: String(error.message ?? error) }),
      complete: () => resolve({ results, completed: true }),
    });
  });

const seen = (globalThis.seen = {});
for (const singleConnection of [false, true]) {
  const client = createClient({
    singleConnection,
    url: `${url}/stream`,
    headers: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
    lazy: true,
  });
  const mode = {};
  mode.query = await collect(client, { query: '{ __typename }' });
  mode.invalid = await collect(client, { query: '{ noSuchField }' });

  const iterator = client.iterate({ query: 'subscription { complaintReceived { id text } }' });
  const first = iterator.next();
  await new Promise((resolve) => setTimeout(resolve, 300));
  mode.submitted = await collect(client, { query: SUBMIT, variables: { text: `Events of ${crypto.randomUUID()}.` } });
  mode.received = await first;
  await iterator.return();
  client.dispose();
  seen[singleConnection ? 'single' : 'distinct'] = mode;
}

// the plain address streams too, where a client asks for events
const plain = createClient({ url, headers: { authorization: `Bearer ${token}` }, retryAttempts: 0 });
seen.plain = await collect(plain, { query: '{ __typename }' });
plain.dispose();
console.log(JSON.stringify(seen));
