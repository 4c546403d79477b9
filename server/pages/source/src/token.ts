import { useSyncExternalStore } from 'react';

/** What the server last made of the token: `unknown` until it has answered. */
export type Access = 'unknown' | 'accepted' | 'refused';

/** Whom an identity provider says a token is of, and when it ends (milliseconds since the epoch; 0 where nobody knows). */
export interface Person {
  readonly name: string;
  readonly until: number;
}

interface Session {
  readonly token: string;
  readonly access: Access;
  /** Who signed in; nobody where a token was pasted. */
  readonly person: Person | undefined;
}

// The session's storage ends with the tab, so a token never outlives the person who brought it.
const KEY = 'nobodyasked:token';
const PERSON = 'nobodyasked:person';
const listeners = new Set<() => void>();
let session: Session = { token: sessionStorage.getItem(KEY) ?? '', access: 'unknown', person: storedPerson() };

function storedPerson(): Person | undefined {
  const stored = sessionStorage.getItem(PERSON);
  return stored ? (JSON.parse(stored) as Person) : undefined;
}

function change(next: Session): void {
  session = next;
  listeners.forEach(listener => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSession(): Session {
  return useSyncExternalStore(subscribe, () => session);
}

export function currentToken(): string {
  return session.token;
}

/** `Bearer …`, or nothing for an anonymous reader. */
export function authorization(): Record<string, string> {
  return session.token ? { authorization: `Bearer ${session.token}` } : {};
}

/** Uses a token from now on: a pasted one, or that of a `person` who signed in. */
export function setToken(value: string, person?: Person): void {
  // People paste the whole header, or a line end with it.
  const token = value.trim().replace(/^bearer\s+/i, '');
  if (token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
  if (person) sessionStorage.setItem(PERSON, JSON.stringify(person));
  else sessionStorage.removeItem(PERSON);
  change({ token, access: 'unknown', person });
}

export function clearToken(): void {
  setToken('');
}

/** Records the server's verdict on the token that a request carried, unless the token has changed since. */
export function reportAccess(token: string, access: Access): void {
  if (token === session.token && access !== session.access) change({ ...session, access });
}

/** Takes a token from `/graphql#token=…`. A fragment never leaves the browser; it is removed so that it is not bookmarked. */
export function adoptTokenFromAddress(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return;
  history.replaceState(null, '', location.pathname + location.search);
  setToken(token);
}
