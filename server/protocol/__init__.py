"""How clients speak to the graph: GraphQL over HTTP, graphql-transport-ws, graphql-sse.

Nothing here knows the schema or the database. A request comes down to `Parameters`, an `Actor` and a `Context`; the
engine turns them into bytes, and these modules carry the bytes.
"""
