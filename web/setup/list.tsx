import { useState } from 'react';
import { Badge, Button, Dialog, EmptyState } from '../ui';
import { goTo, toasts } from './page';
import type { Office } from './office';
import { newId } from './place';
import { words } from './problem';
import { tryPage } from './paste';
import type { Widget } from './widget';

/** All widgets. */
export function WidgetList({ office, widgets, onWidgets }: { office: Office; widgets: readonly Widget[]; onWidgets(widgets: readonly Widget[]): void }) {
  const [doomed, setDoomed] = useState<Widget | null>(null);
  const add = (
    <Button look="primary" icon="add" onPress={() => goTo({ at: 'widget', id: newId, step: 'look' })}>
      New widget
    </Button>
  );
  const remove = async (w: Widget) => {
    setDoomed(null);
    try {
      await office.remove(w.id);
      onWidgets(widgets.filter((other) => other.id !== w.id));
      toasts.show('good', `${w.name} is deleted.`);
    } catch (e) {
      toasts.show('bad', words(e));
    }
  };
  return (
    <>
      <header className="setup-head">
        <h1>Widgets</h1>
        {widgets.length > 0 && add}
      </header>
      {widgets.length === 0 ? (
        <EmptyState icon="chat" title="No widget yet" actions={add}>
          A widget is the chat window on your pages. It takes a minute.
        </EmptyState>
      ) : (
        <ul className="widgets" aria-label="Widgets">
          {widgets.map((w) => (
            <li key={w.id}>
              <svg className="widget-colour" viewBox="0 0 40 40" aria-hidden="true">
                <circle cx="20" cy="20" r="20" fill={w.look.accent} />
              </svg>
              <div className="widget-words">
                <strong>{w.name}</strong>
                <span className="quiet">{w.origins.length === 0 ? 'On no other site yet' : w.origins.includes('*') ? 'On every site' : w.origins.join(', ')}</span>
              </div>
              {w.signed && <Badge tone="good" icon="accept">Signed starts</Badge>}
              {w.secrets.length > 1 && <Badge tone="warn" icon="clock">Secret changes</Badge>}
              <span className="widget-acts">
                <Button size="small" icon="edit" aria-label={`Edit ${w.name}`} onPress={() => goTo({ at: 'widget', id: w.id, step: 'look' })}>
                  Edit
                </Button>
                <a className="button plain small" href={tryPage(w.id)} target="_blank" rel="noopener" aria-label={`Try ${w.name}, in a new tab`}>
                  Try it
                </a>
                <Button size="small" aria-label={`Delete ${w.name}`} onPress={() => setDoomed(w)}>
                  Delete
                </Button>
              </span>
            </li>
          ))}
        </ul>
      )}
      {doomed !== null && (
        <Dialog
          title={`Delete ${doomed.name}?`}
          alert
          size="small"
          isOpen
          onClose={() => setDoomed(null)}
          actions={
            <>
              <Button autoFocus onPress={() => setDoomed(null)}>
                Keep it
              </Button>
              <Button look="danger" onPress={() => void remove(doomed)}>
                Delete
              </Button>
            </>
          }
        >
          <p>It vanishes from all pages that have its snippet. Chats that go on are not touched.</p>
        </Dialog>
      )}
    </>
  );
}
