import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN, HistoryStore } from '@graphiql/plugin-history';
import { GraphiQLProvider } from '@graphiql/react';
import { GraphiQL, GraphiQLInterface } from 'graphiql';

import { EXAMPLES_PLUGIN, examples } from './examples';
import { Header } from './header';
import { fetcher } from './transport';

const plugins = [EXAMPLES_PLUGIN, DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN];
const firstTabs = examples.slice(0, 1).map(example => ({ query: example.text }));
// A first visit opens the examples; after that the page remembers what was open (an empty string: nothing).
const openPlugin = localStorage.getItem('graphiql:visiblePlugin') ?? EXAMPLES_PLUGIN.title;

/** `problem` tells why a sign-in came to nothing. */
export function Page({ problem }: { problem: string | undefined }) {
  return (
    <GraphiQLProvider
      fetcher={fetcher}
      plugins={plugins}
      referencePlugin={DOC_EXPLORER_PLUGIN}
      visiblePlugin={openPlugin || undefined}
      defaultTabs={firstTabs}
      defaultQuery=""
      inputValueDeprecation
      schemaDescription
    >
      <HistoryStore>
        <DocExplorerStore>
          <Header problem={problem} />
          <main>
            {/* The token has a field of its own, kept out of history and of permanent storage: no header editor. */}
            <GraphiQLInterface isHeadersEditorEnabled={false} showPersistHeadersSettings={false}>
              <GraphiQL.Logo>{null}</GraphiQL.Logo>
            </GraphiQLInterface>
          </main>
        </DocExplorerStore>
      </HistoryStore>
    </GraphiQLProvider>
  );
}
