import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN, HistoryStore } from '@graphiql/plugin-history';
import { GraphiQLProvider, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { GraphiQL, GraphiQLInterface } from 'graphiql';
import { useEffect, useRef } from 'react';

import { EXAMPLES_PLUGIN, examples } from './examples';
import { Header } from './header';
import { fetcher } from './transport';

const plugins = [EXAMPLES_PLUGIN, DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN];
const firstTabs = examples.slice(0, 1).map(example => ({ query: example.text }));
// A first visit opens the examples; after that the page remembers what was open (an empty string: nothing).
const openPlugin = localStorage.getItem('graphiql:visiblePlugin') ?? EXAMPLES_PLUGIN.title;

/** What GraphiQL leaves to whoever uses it: where things are in view, and where a subscription ends. */
function Manners() {
  const { stop } = useGraphiQLActions();
  const activeTab = useGraphiQL(state => state.activeTabIndex);
  const tabCount = useGraphiQL(state => state.tabs.length);
  const panel = useGraphiQL(state => state.visiblePlugin);
  const queryEditor = useGraphiQL(state => state.queryEditor);
  const subscription = useGraphiQL(state => state.subscription);

  // There is one answer pane: a subscription of another tab would write over this one's answer, and its end would take a click.
  const openedIn = useRef(activeTab);
  useEffect(() => {
    if (openedIn.current === activeTab) return;
    openedIn.current = activeTab;
    if (subscription) stop();
  }, [activeTab, subscription, stop]);

  useEffect(() => {
    document.querySelector('.graphiql-tab-active')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [activeTab, tabCount]);

  // All panels scroll in one box, which would keep the place of the one before.
  useEffect(() => {
    document.querySelector('.graphiql-plugin')?.scrollTo(0, 0);
  }, [panel]);

  useEffect(() => queryEditor?.updateOptions({ wordWrap: 'on' }), [queryEditor]);
  return null;
}

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
          <Manners />
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
