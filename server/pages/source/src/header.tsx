import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { type FormEvent, useEffect, useRef, useState, useSyncExternalStore } from 'react';

import icon from './icon.svg';
import { provider, signIn, signOut } from './sign-in';
import { type Access, type Person, setToken, useSession } from './token';
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

/** Who asks: somebody who signed in, or whoever has the token in the field. */
function Caller({ problem }: { problem: string | undefined }) {
  const { token, access, person } = useSession();
  const { introspect, stop } = useGraphiQLActions();
  const answers = useGraphiQL(state => state.responseEditor);
  const [trouble, setTrouble] = useState(problem);

  // The schema may depend on who asks: read it again whenever the token has changed.
  const previous = useRef(token);
  useEffect(() => {
    if (previous.current === token) return;
    previous.current = token;
    setTrouble(undefined);
    stop();
    hangUp();
    void introspect();
  }, [token, introspect, stop]);

  // That no token had come is no news once one is accepted.
  useEffect(() => {
    if (access === 'accepted' && /"code": "UNAUTHENTICATED"/.test(answers?.getValue() ?? '')) answers?.setValue('');
  }, [access, answers]);

  function enter(): void {
    setTrouble(undefined);
    signIn().catch((error: Error) => setTrouble(error.message));
  }

  if (person) return <SignedIn key={token} person={person} token={token} access={access} trouble={trouble} onSignIn={enter} />;
  return (
    <>
      <TokenField key={token} token={token} access={access} trouble={trouble} />
      {provider && (
        <button type="button" className="use" onClick={enter} title={`Sign in with ${provider.issuer}`}>
          Sign in
        </button>
      )}
    </>
  );
}

interface SignedInProps {
  readonly person: Person;
  readonly token: string;
  readonly access: Access;
  readonly trouble: string | undefined;
  readonly onSignIn: () => void;
}

/** The longest wait that a browser's timer can hold. */
const LONGEST_WAIT = 2_147_483_647;

function SignedIn({ person, token, access, trouble, onSignIn }: SignedInProps) {
  const [ended, setEnded] = useState(() => person.until > 0 && person.until <= Date.now());
  useEffect(() => {
    if (ended || person.until <= 0) return;
    const timer = setTimeout(() => setEnded(true), Math.min(person.until - Date.now(), LONGEST_WAIT));
    return () => clearTimeout(timer);
  }, [ended, person.until]);

  const end = new Date(person.until);
  const when = person.until > 0 ? `, until ${end.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}` : '';
  const over = ended || access === 'refused';
  let status = `Signed in as ${person.name}${when}`;
  if (ended) status = `Your sign-in as ${person.name} has ended`;
  else if (access === 'refused') status = `The server does not let ${person.name} in`;

  return (
    <div className="token">
      <span role="status" id="token-status" className={`token-status token-${over ? 'refused' : access}`} title={end.toLocaleString()}>
        {trouble ?? status}
      </span>
      {over && (
        <button type="button" className="use" onClick={onSignIn}>
          Sign in again
        </button>
      )}
      <button type="button" className="use" onClick={() => void signOut(token)}>
        Sign out
      </button>
    </div>
  );
}

function TokenField({ token, access, trouble }: { token: string; access: Access; trouble: string | undefined }) {
  const [draft, setDraft] = useState(token);
  const [shown, setShown] = useState(false);

  function submit(event: FormEvent): void {
    event.preventDefault();
    setToken(draft);
  }

  let status: string;
  if (draft.trim() !== token) status = 'Press Enter to use it';
  else if (trouble) status = trouble;
  else if (access === 'refused') status = token ? 'The server refuses this token' : 'This server asks for a token';
  else if (token) status = access === 'accepted' ? 'Token in use' : 'Token not yet tried';
  else status = 'Reading anonymously';

  return (
    <form className="token" onSubmit={submit} autoComplete="off">
      <span id="token-status" role="status" className={`token-status token-${trouble ? 'refused' : access}`}>
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

export function Header({ problem }: { problem: string | undefined }) {
  return (
    <header className="page-header">
      <img src={icon} alt="" width="32" height="32" />
      <div className="brand">
        <h1>nobodyasked</h1>
        <p>Nobody asked for Prime. Everybody wanted it.</p>
      </div>
      <Caller problem={problem} />
      <ThemeSwitch />
    </header>
  );
}
