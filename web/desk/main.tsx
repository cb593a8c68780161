import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../ui/base.css';
import { App } from './app/app';
import { Controller } from './app/controller';

const root = document.getElementById('root');
if (root !== null) {
  const controller = new Controller();
  void controller.resume();
  createRoot(root).render(
    <StrictMode>
      <App controller={controller} />
    </StrictMode>,
  );
}
