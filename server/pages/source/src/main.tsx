import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './page.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { Page } from './page';
import { adoptTokenFromAddress } from './token';

const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root element.');

adoptTokenFromAddress();
createRoot(root).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
