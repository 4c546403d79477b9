// PostGraphile 5 over the tables of a database: node postgraphile.mjs FOLDER URL PORT
// FOLDER holds node_modules. It serves POST /graphql on 127.0.0.1, lists instead of connections, nothing else.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, connectionString, port] = process.argv.slice(2);
const need = createRequire(join(folder, "package.json"));
const { postgraphile } = need("postgraphile");
const { grafserv } = need("postgraphile/grafserv/node");
const { makePgService } = need("postgraphile/adaptors/pg");
const { PostGraphileAmberPreset } = need("postgraphile/presets/amber");
const { PgSimplifyInflectionPreset } = need("@graphile/simplify-inflection");

const graphile = postgraphile({
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
  // it would hide orders and conditions by all but the first column of an index
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [makePgService({ connectionString, schemas: ["public"], poolConfig: { max: 8 } })],
  schema: { defaultBehavior: "list -connection" },
  grafserv: { graphiql: false, watch: false, graphqlPath: "/graphql", maxRequestLength: 8_000_000 },
  grafast: { explain: false },
});
const server = createServer();
await graphile.createServ(grafserv).addTo(server);
await graphile.getSchema();
server.listen(Number(port), "127.0.0.1");
