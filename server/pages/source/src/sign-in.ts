import * as oauth from 'oauth4webapi';

import { clearToken, setToken } from './token';

/** What the server says of its identity provider, in the page's head. */
interface Provider {
  readonly issuer: string;
  readonly client: string;
  readonly scopes: string;
  readonly audience: string;
}

/** What has to be known again when the provider sends the browser back. */
interface Pending {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

const PENDING = 'nobodyasked:sign-in';
const PROBLEM = 'The sign-in did not work';

export const provider: Provider | undefined = (() => {
  const content = document.querySelector<HTMLMetaElement>('meta[name="sign-in"]')?.content;
  return content ? (JSON.parse(content) as Provider) : undefined;
})();

const issuer = provider && new URL(provider.issuer);
const client: oauth.Client = { client_id: provider?.client ?? '', token_endpoint_auth_method: 'none' };
// The server takes an issuer without TLS on the loopback alone.
const options = { [oauth.allowInsecureRequests]: issuer?.protocol === 'http:', signal: () => AbortSignal.timeout(15_000) };

/** The page's own address: what the provider sends the browser back to, letter for letter as it is registered there. */
const home = location.origin + location.pathname;

let discovered: Promise<oauth.AuthorizationServer> | undefined;

function discover(): Promise<oauth.AuthorizationServer> {
  if (!issuer) throw new Error('This server has no identity provider.');
  discovered ??= oauth.discoveryRequest(issuer, options).then(answer => oauth.processDiscoveryResponse(issuer, answer));
  discovered.catch(() => (discovered = undefined));
  return discovered;
}

/** Leaves the page for the provider's (authorization code with PKCE, as a public client). Rejects with words for people. */
export async function signIn(): Promise<void> {
  if (!provider) return;
  // Browsers hand out their cryptography over HTTPS and on the loopback alone.
  if (!window.isSecureContext) throw new Error('Signing in takes HTTPS');
  try {
    const server = await discover();
    if (!server.authorization_endpoint) throw new Error('no authorization_endpoint');
    const pending: Pending = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
    };
    const address = new URL(server.authorization_endpoint);
    const parameters: Record<string, string> = {
      client_id: provider.client,
      redirect_uri: home,
      response_type: 'code',
      scope: provider.scopes,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
      // Some providers ask for whom the token shall be; others pay no heed to it.
      audience: provider.audience,
    };
    // A fragment never leaves the browser: then no log of this server's or of a proxy's can hold the code.
    if (server.response_modes_supported?.includes('fragment')) parameters.response_mode = 'fragment';
    for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
    sessionStorage.setItem(PENDING, JSON.stringify(pending));
    location.assign(address);
  } catch (error) {
    console.warn(error);
    throw new Error('The identity provider cannot be reached');
  }
}

/** What the provider sent the browser back with, and takes it out of the address; nothing where it sent nothing. */
function answerInAddress(): URLSearchParams | undefined {
  for (const text of [location.hash.slice(1), location.search.slice(1)]) {
    const answer = new URLSearchParams(text);
    if (answer.has('state') && (answer.has('code') || answer.has('error'))) {
      history.replaceState(null, '', location.pathname);
      return answer;
    }
  }
  return undefined;
}

/** Finishes a sign-in that the provider sent the browser back from. Gives words for people where it came to nothing. */
export async function finishSignIn(): Promise<string | undefined> {
  if (!provider) return undefined;
  const answer = answerInAddress();
  if (!answer) return undefined;
  const kept = sessionStorage.getItem(PENDING);
  // Used up, whatever comes of it.
  sessionStorage.removeItem(PENDING);
  // Nobody here asked for it: somebody else's link, which must not sign anybody in.
  if (!kept) return PROBLEM;
  const pending = JSON.parse(kept) as Pending;
  try {
    const server = await discover();
    const parameters = oauth.validateAuthResponse(server, client, answer, pending.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      parameters,
      home,
      pending.verifier,
      options,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: pending.nonce,
      requireIdToken: true,
    });
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    const seconds = tokens.expires_in;
    setToken(tokens.access_token, {
      name: nameOf(claims),
      until: seconds === undefined ? (claims?.exp ?? 0) * 1000 : Date.now() + seconds * 1000,
    });
    return undefined;
  } catch (error) {
    console.warn(error);
    if (error instanceof oauth.AuthorizationResponseError && error.error === 'access_denied') return 'You did not sign in';
    return PROBLEM;
  }
}

function nameOf(claims: oauth.IDToken | undefined): string {
  const known = [claims?.name, claims?.preferred_username, claims?.email, claims?.sub];
  return known.find((value): value is string => typeof value === 'string' && value !== '') ?? 'somebody';
}

/** Forgets the token here and takes it back at the provider; then leads to the provider's own sign-out, where it has one. */
export async function signOut(token: string): Promise<void> {
  clearToken();
  try {
    const server = await discover();
    if (server.revocation_endpoint) {
      const answer = await oauth.revocationRequest(server, client, oauth.None(), token, options);
      await oauth.processRevocationResponse(answer);
    }
    if (server.end_session_endpoint && provider) {
      const address = new URL(server.end_session_endpoint);
      // By the client's name, not by an id token: addresses end up in logs.
      address.searchParams.set('client_id', provider.client);
      address.searchParams.set('post_logout_redirect_uri', home);
      location.assign(address);
    }
  } catch (error) {
    // It is forgotten here, and ends by itself soon.
    console.warn(error);
  }
}

