// Every audit of graphql-http against a live server. Prints one JSON array of {id, name, status, reason}.
import { auditServer } from 'graphql-http';

// whatever hangs is told
setTimeout(() => {
  console.error('took too long');
  process.exit(1);
}, 20_000).unref();

const [url, token] = process.argv.slice(2);

const results = await auditServer({
  url,
  fetchFn: (address, options = {}) =>
    fetch(address, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } }),
});
const told = results.map(({ id, name, status, reason }) => ({ id, name, status, reason }));
console.log(JSON.stringify(told));
