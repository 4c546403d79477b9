import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './page.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { Page } from './page';
import { finishSignIn } from './sign-in';
import { adoptTokenFromAddress } from './token';

const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root element.');

adoptTokenFromAddress();
const problem = await finishSignIn();
createRoot(root).render(
  <StrictMode>
    <Page problem={problem} />
  </StrictMode>,
);
