import { useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from '@graphiql/react';

export interface Example {
  readonly title: string;
  readonly description: string;
  readonly text: string;
}

/** The first comment line of a file is its title, the comment lines after it are its description. */
function read(text: string): Example {
  const lines = text.split('\n');
  const end = lines.findIndex(line => !line.startsWith('#'));
  const [title = '', ...description] = lines.slice(0, end).map(line => line.replace(/^#\s*/, ''));
  return { title, description: description.join(' '), text: text.trimEnd() };
}

const files = import.meta.glob<string>('../../examples/*.graphql', { query: '?raw', import: 'default', eager: true });

export const examples: readonly Example[] = Object.keys(files)
  .sort()
  .map(path => read(files[path] as string));

const KINDS = { mutation: 'changes data', subscription: 'stays open', query: 'reads' } as const;

function kindOf(example: Example): keyof typeof KINDS {
  const match = /^(query|mutation|subscription)\b/m.exec(example.text);
  return (match?.[1] ?? 'query') as keyof typeof KINDS;
}

function Examples() {
  const { addTab, changeTab } = useGraphiQLActions();
  const tabs = useGraphiQL(state => state.tabs);
  const editor = useGraphiQL(state => state.queryEditor);

  function open(example: Example): void {
    const existing = tabs.findIndex(tab => tab.query?.trimEnd() === example.text);
    if (existing >= 0) {
      changeTab(existing);
      return;
    }
    addTab();
    editor?.setValue(example.text);
  }

  return (
    <section aria-label="Example operations">
      <div className="graphiql-doc-explorer-title">Examples</div>
      <p className="examples-hint">Each opens in a tab of its own. Change it as you like; Ctrl-Enter runs it.</p>
      <ul className="examples">
        {examples.map(example => (
          <li key={example.title}>
            <button type="button" className="example" onClick={() => open(example)} disabled={!editor}>
              <span className="example-title">{example.title}</span>
              <span className={`example-kind example-${kindOf(example)}`}>{KINDS[kindOf(example)]}</span>
              <span className="example-description">{example.description}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round">
      <path d="M9 18h6M10 21h4M12 3a6.5 6.5 0 0 0-4 11.6c.7.6 1 1.3 1 2.1V18h6v-1.3c0-.8.3-1.5 1-2.1A6.5 6.5 0 0 0 12 3z" />
    </svg>
  );
}

export const EXAMPLES_PLUGIN: GraphiQLPlugin = { title: 'Examples', icon: ExamplesIcon, content: Examples };
