import { fileURLToPath } from 'node:url';
import { build, defineConfig, type Plugin } from 'vite';
import { embeddable } from '../vite.config.ts';

const web = fileURLToPath(new URL('..', import.meta.url));
const here = (name: string) => `${web}widget/${name}`;

/** React's interface, as far as the widget uses it, by a library of a tenth of its size. */
const preact = [
  { find: /^react(-dom\/client)?$/, replacement: here('react.ts') },
  { find: /^react\/jsx(-dev)?-runtime$/, replacement: 'preact/jsx-runtime' },
];

/** Builds the launcher after the core, whose name it must know. */
function launcher(): Plugin {
  return {
    name: 'launcher',
    apply: 'build',
    async writeBundle(_, bundle) {
      const core = Object.values(bundle).find((part) => part.type === 'chunk' && part.isEntry);
      await build({
        configFile: false,
        root: web,
        logLevel: 'warn',
        define: { __CORE__: JSON.stringify(core?.fileName) },
        plugins: [embeddable()],
        build: {
          outDir: 'dist',
          emptyOutDir: false,
          target: 'es2022',
          rolldownOptions: {
            input: here('launcher/main.ts'),
            output: { format: 'iife', entryFileNames: 'widget.js' },
          },
        },
      });
    },
  };
}

// The core and its parts are modules that any site may import; the launcher is
// a classic script. Both come after the pages, whose build empties the folder.
export default defineConfig({
  root: web,
  base: './',
  plugins: [launcher()],
  resolve: { alias: preact },
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    target: 'es2022',
    assetsDir: 'widget/assets',
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: {
      input: here('core.tsx'),
      preserveEntrySignatures: 'allow-extension',
      output: { entryFileNames: 'widget/assets/[name]-[hash].js' },
    },
  },
});
