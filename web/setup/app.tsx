import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { Banner, EmptyState, Icon, ToastRegion } from '../ui';
import { Editor } from './editor';
import { WidgetList } from './list';
import { isNeeded, Office } from './office';
import { goTo, toasts, watchHash } from './page';
import { FirstPerson, SignIn } from './people';
import { newId, placeOf, type Place } from './place';
import { words } from './problem';
import type { Widget } from './widget';
import './setup.css';

/** Who one is to this page. */
type Standing =
  | Readonly<{ is: 'looking' }>
  | Readonly<{ is: 'lost'; problem: string }>
  | Readonly<{ is: 'nobody'; needed: boolean; used: boolean }>
  | Readonly<{ is: 'stranger'; office: Office }>
  | Readonly<{ is: 'keeper'; office: Office; widgets: readonly Widget[] }>;

export function App() {
  const place = placeOf(useSyncExternalStore(watchHash, () => location.hash));
  const [standing, setStanding] = useState<Standing>({ is: 'looking' });

  const enter = useCallback(async (office: Office) => {
    const may = await office.mayKeep();
    if (may === null) return setStanding({ is: 'nobody', needed: false, used: false });
    setStanding(may ? { is: 'keeper', office, widgets: await office.widgets() } : { is: 'stranger', office });
  }, []);

  useEffect(() => {
    const look = async () => {
      const needed = await isNeeded();
      const office = needed ? null : Office.resume();
      if (office !== null) await enter(office);
      else setStanding({ is: 'nobody', needed, used: placeOf(location.hash).at === 'link' && !needed });
    };
    look().catch((e: unknown) => setStanding({ is: 'lost', problem: words(e) }));
  }, [enter]);

  const began = async (office: Office) => {
    goTo({ at: 'widget', id: newId, step: 'look' });
    await enter(office);
  };

  return (
    <div className="setup">
      <header className="setup-top">
        <a href="/setup/" className="brand">
          <span className="brand-mark">
            <Icon name="bell" />
          </span>
          Bellpull
        </a>
        {standing.is === 'keeper' && (
          <nav aria-label="Places">
            <a href="/desk/">To the desk</a>
          </nav>
        )}
      </header>
      <main className="setup-main">
        {standing.is === 'looking' && (
          <p className="quiet" role="status">
            One moment…
          </p>
        )}
        {standing.is === 'lost' && <Banner tone="bad">{standing.problem} Please load the page again.</Banner>}
        {standing.is === 'nobody' && standing.needed && <FirstPerson token={place.at === 'link' ? place.token : ''} onDone={began} />}
        {standing.is === 'nobody' && !standing.needed && <SignIn used={standing.used} onDone={enter} />}
        {standing.is === 'stranger' && (
          <EmptyState page icon="chat" title="Widgets are kept by administrators" actions={<a href="/desk/">To the desk</a>}>
            Your user may take chats, and no more.
          </EmptyState>
        )}
        {standing.is === 'keeper' && <Keeper place={place} standing={standing} onWidgets={(widgets) => setStanding({ ...standing, widgets })} />}
      </main>
      <ToastRegion toasts={toasts} />
    </div>
  );
}

function Keeper({ place, standing: { office, widgets }, onWidgets }: {
  place: Place;
  standing: Extract<Standing, { is: 'keeper' }>;
  onWidgets(widgets: readonly Widget[]): void;
}) {
  if (place.at !== 'widget') return <WidgetList office={office} widgets={widgets} onWidgets={onWidgets} />;
  const widget = widgets.find((w) => w.id === place.id);
  if (widget === undefined && place.id !== newId) {
    return (
      <EmptyState page icon="search" title="There is no such widget" actions={<a href="/setup/">All widgets</a>}>
        Somebody may have deleted it.
      </EmptyState>
    );
  }
  return (
    <Editor
      key={place.id}
      office={office}
      widget={widget ?? null}
      step={place.step}
      onSaved={(saved) => onWidgets(widgets.some((w) => w.id === saved.id) ? widgets.map((w) => (w.id === saved.id ? saved : w)) : [...widgets, saved])}
    />
  );
}
