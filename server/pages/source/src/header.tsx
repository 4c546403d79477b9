import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { type FormEvent, useEffect, useRef, useState, useSyncExternalStore } from 'react';

import icon from './icon.svg';
import { setToken, useSession } from './token';
import { hangUp } from './transport';

const dark = window.matchMedia('(prefers-color-scheme: dark)');

function subscribeToDark(listener: () => void): () => void {
  dark.addEventListener('change', listener);
  return () => dark.removeEventListener('change', listener);
}

function ThemeSwitch() {
  const { setTheme } = useGraphiQLActions();
  const chosen = useGraphiQL(state => state.theme);
  const system = useSyncExternalStore(subscribeToDark, () => dark.matches);
  const isDark = chosen ? chosen === 'dark' : system;
  const label = isDark ? 'Use the light theme' : 'Use the dark theme';
  return (
    <button type="button" className="quiet" onClick={() => setTheme(isDark ? 'light' : 'dark')} aria-label={label} title={label}>
      <svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round">
        {isDark ? (
          <path d="M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19" />
        ) : (
          <path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z" strokeLinejoin="round" />
        )}
      </svg>
    </button>
  );
}

function TokenField() {
  const { token, access } = useSession();
  const { introspect, stop } = useGraphiQLActions();
  const [draft, setDraft] = useState(token);
  const [shown, setShown] = useState(false);

  // The schema may depend on who asks: read it again whenever the token has changed.
  const previous = useRef(token);
  useEffect(() => {
    if (previous.current === token) return;
    previous.current = token;
    setDraft(token);
    stop();
    hangUp();
    void introspect();
  }, [token, introspect, stop]);

  function submit(event: FormEvent): void {
    event.preventDefault();
    setToken(draft);
  }

  let status: string;
  if (draft.trim() !== token) status = 'Press Enter to use it';
  else if (access === 'refused') status = token ? 'The server refuses this token' : 'This server asks for a token';
  else if (token) status = access === 'accepted' ? 'Token in use' : 'Token not yet tried';
  else status = 'Reading anonymously';

  return (
    <form className="token" onSubmit={submit} autoComplete="off">
      <span id="token-status" role="status" className={`token-status token-${access}`}>
        {status}
      </span>
      <label htmlFor="token">Token</label>
      <input
        id="token"
        type={shown ? 'text' : 'password'}
        value={draft}
        onChange={event => setDraft(event.target.value)}
        placeholder="paste an API token"
        aria-describedby="token-status"
        aria-invalid={access === 'refused'}
        autoComplete="off"
        spellCheck={false}
      />
      <button type="button" className="quiet" onClick={() => setShown(!shown)} aria-pressed={shown} aria-label="Show the token" title="Show the token">
        <svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round">
          <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" />
          <path d="M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z" />
          {shown && <path d="M4 20 20 4" />}
        </svg>
      </button>
      <button type="submit" className="use">
        Use
      </button>
    </form>
  );
}

export function Header() {
  return (
    <header className="page-header">
      <img src={icon} alt="" width="32" height="32" />
      <div className="brand">
        <h1>nobodyasked</h1>
        <p>Nobody asked for Prime. Everybody wanted it.</p>
      </div>
      <TokenField />
      <ThemeSwitch />
    </header>
  );
}
