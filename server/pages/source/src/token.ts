import { useSyncExternalStore } from 'react';

/** What the server last made of the token: `unknown` until it has answered. */
export type Access = 'unknown' | 'accepted' | 'refused';

interface Session {
  readonly token: string;
  readonly access: Access;
}

// The session's storage ends with the tab, so a token never outlives the person who pasted it.
const KEY = 'nobodyasked:token';
const listeners = new Set<() => void>();
let session: Session = { token: sessionStorage.getItem(KEY) ?? '', access: 'unknown' };

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

export function setToken(value: string): void {
  // People paste the whole header, or a line end with it.
  const token = value.trim().replace(/^bearer\s+/i, '');
  if (token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
  change({ token, access: 'unknown' });
}

/** Records the server's verdict on the token that a request carried, unless the token has changed since. */
export function reportAccess(token: string, access: Access): void {
  if (token === session.token && access !== session.access) change({ token, access });
}

/** Takes a token from `/graphql#token=…`. A fragment never leaves the browser; it is removed so that it is not bookmarked. */
export function adoptTokenFromAddress(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return;
  history.replaceState(null, '', location.pathname + location.search);
  setToken(token);
}
