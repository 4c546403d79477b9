import { defineConfig } from 'vite';

/** The folder below the page's own address from which the server hands out the built files. */
const ASSETS = 'graphql/assets/';

export default defineConfig({
  base: './',
  build: {
    outDir: '../graphiql',
    emptyOutDir: true,
    assetsDir: 'assets',
    // Everything is a file with a content hash in its name: nothing inline, so the page needs no exception in its policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Monaco alone is larger than the default warning allows.
    chunkSizeWarningLimit: 5_000,
    target: 'es2022',
    // The terms of everything bundled travel with it.
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      onLog(level, log, handle) {
        // "use client" marks files for server rendering, which does not happen here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
  experimental: {
    // The page lives at /graphql (below any prefix), its files at /graphql/assets/: relative to the page, that is
    // graphql/assets/. Files refer to each other relative to themselves, so a prefix needs no rebuild.
    renderBuiltUrl: (filename, { hostType }) =>
      hostType === 'html' ? ASSETS + filename.replace(/^assets\//, '') : { relative: true },
  },
});
