import { lazy, Suspense, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { AgentContact } from '../../chat/agent/snapshot';
import { Banner, Button, Dialog, EmptyState, ToastRegion, useNow } from '../../ui';
import { Contacts } from '../contacts/contacts';
import { leaves, Pane } from '../conversation/pane';
import { Customer } from '../customer/customer';
import { Door } from '../door/door';
import { Offers } from '../offers/offers';
import { askToNotify, mayNotify } from '../settings/notify';
import { chatOf, commandOf, keyName, keysOf, type Command } from '../shortcuts/shortcuts';
import { DeskContext, useController, useDesk, useSettings } from './context';
import { firstOffer, type Controller } from './controller';
import { go, useRoute, type Route } from './route';
import { contactOf, listed, standing, turn, type Open } from './state';
import { Top } from './top';
import { focusChat, wishes, type Wish } from './wishes';
import './app.css';

/** The supervisors' board, where this build has one: a component named Board in desk/board/index.tsx. */
const boards = import.meta.glob<{ Board: React.ComponentType }>('../board/index.tsx');
const loadBoard = boards['../board/index.tsx'];
const Board = loadBoard === undefined ? null : lazy(async () => ({ default: (await loadBoard()).Board }));

const History = lazy(async () => ({ default: (await import('../history/history')).History }));
const PastDialog = lazy(async () => ({ default: (await import('../history/past')).PastDialog }));
const SettingsPage = lazy(async () => ({ default: (await import('../settings/page')).SettingsPage }));
const TransferDialog = lazy(async () => ({ default: (await import('../transfer/transfer')).TransferDialog }));
const Palette = lazy(async () => ({ default: (await import('../shortcuts/boxes')).Palette }));
const Sheet = lazy(async () => ({ default: (await import('../shortcuts/boxes')).Sheet }));
const Gallery = lazy(async () => ({ default: (await import('../../ui/gallery/gallery')).Gallery }));

export function App({ controller }: { controller: Controller }) {
  const route = useRoute();
  return (
    <DeskContext value={controller}>
      <Look />
      {route === 'design' ? (
        <Suspense>
          <Gallery />
        </Suspense>
      ) : (
        <Page route={route} />
      )}
      {route !== 'design' && <ToastRegion toasts={controller.toasts} />}
    </DeskContext>
  );
}

/** Puts what the agent chose for the eyes on the root of the page. */
function Look() {
  const { theme, density } = useSettings();
  useLayoutEffect(() => {
    const root = document.documentElement;
    if (theme === 'auto') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
    root.dataset['density'] = density;
  }, [theme, density]);
  return null;
}

function Page({ route }: { route: Route }) {
  const { store } = useController();
  const at = useSyncExternalStore(store.watch, () => (store.state.at === 'door' ? store.state : 'desk'));
  return at === 'desk' ? <Desktop route={route} /> : <Door {...at} />;
}

function Desktop({ route }: { route: Route }) {
  const supervisor = useDesk((d) => d.configuration.supervisor);
  const active = useDesk((d) => d.active);
  const [reading, setReading] = useState(false); // on a narrow screen, whether the chat or the list is shown
  const keys = useShortcuts(() => setReading(true));
  const { shortcuts } = useSettings();
  const board = supervisor && Board !== null;
  const before = useRef(active);
  useEffect(() => {
    if (active !== before.current) setReading(active !== null); // accepted, or the last one closed
    before.current = active;
  }, [active]);
  return (
    <div className={`desk ${reading && route === 'chats' ? 'reading' : ''} on-${route}`}>
      <a className="skip" href="#main">
        Skip to the main part
      </a>
      <Top route={route} board={board} />
      <LineBanner />
      <AskBanner />
      <div className="desk-body">
        <aside className="desk-list" aria-label="Your chats">
          <Offers acceptKey={shortcuts ? keys.accept || undefined : undefined} declineKey={shortcuts ? keys.decline || undefined : undefined} />
          <Contacts
            onOpen={() => {
              go('chats');
              setReading(true);
            }}
          />
        </aside>
        <main id="main" className="desk-main" aria-label="Desk" tabIndex={-1}>
          <Suspense>
            {route === 'history' ? (
              <History />
            ) : route === 'settings' ? (
              <SettingsPage />
            ) : route === 'board' && board && Board !== null ? (
              <Board />
            ) : (
              <Chats onBack={() => setReading(false)} />
            )}
          </Suspense>
        </main>
      </div>
      <Suspense>
        <Boxes />
      </Suspense>
    </div>
  );
}

/** Says that the line is down, once that is more than a moment. */
function LineBanner() {
  const line = useDesk((d) => d.line);
  return line.is === 'lost' ? <Lost since={line.since} /> : null;
}

function Lost({ since }: { since: number }) {
  const now = useNow();
  if (now - since < 2000) return null;
  return (
    <Banner tone="warn" icon="offline">
      {navigator.onLine ? 'No connection to the server. Trying again…' : 'This computer is offline.'} You can read and write: messages are sent when the line is back.
    </Banner>
  );
}

/** Asks about notifications when they begin to matter: an agent takes chats. */
function AskBanner() {
  const { settings } = useController();
  const { asked } = useSettings();
  const routable = useDesk((d) => d.snapshot.state.type === 'routable');
  if (asked || !routable || mayNotify() !== 'default') return null;
  return (
    <Banner
      tone="info"
      icon="bell"
      actions={
        <>
          <Button size="small" look="primary" onPress={() => void askToNotify((change) => settings.dispatch(change))}>
            Turn on
          </Button>
          <Button size="small" onPress={() => settings.dispatch({ asked: true })}>
            Not now
          </Button>
        </>
      }
    >
      Shall the browser tell you when a chat rings and the desk is not in front?
    </Banner>
  );
}

function Chats({ onBack }: { onBack(): void }) {
  const snapshot = useDesk((d) => d.snapshot);
  const panes = useDesk((d) => d.panes);
  const active = useDesk((d) => d.active);
  const shown = panes.flatMap((id) => snapshot.contacts.find((c) => c.id === id) ?? []);
  const current = snapshot.contacts.find((c) => c.id === active);
  const title = <h1 className="unseen">Chats</h1>;
  if (current === undefined) {
    return (
      <>
        {title}
        <EmptyState icon="bell" title={snapshot.state.type === 'routable' ? 'Ready when they are' : 'You take no chats now'}>
          {snapshot.state.type === 'routable' ? 'The next customer rings here. You have 20 seconds to accept.' : 'Set your status to Available, at the top, to take some.'}
        </EmptyState>
      </>
    );
  }
  return (
    <>
      {title}
      <div className={`panes ${shown.length > 1 ? 'several' : ''} ${shown.length === 4 ? 'four' : ''}`}>
        {shown.map((c) => (
          <Pane key={c.id} contact={c} active={c.id === active} onBack={onBack} />
        ))}
      </div>
      <aside className="desk-customer" aria-label="Customer" tabIndex={-1}>
        <Customer key={current.id} contact={current} />
      </aside>
    </>
  );
}

/** The boxes that can be open over the desk. */
function Boxes() {
  const controller = useController();
  const wish = useSyncExternalStore(wishes.watch, () => wishes.state);
  const snapshot = useDesk((d) => d.snapshot);
  const active = useDesk((d) => d.active);
  const close = () => wishes.dispatch(null);
  const about = wish !== null && 'contact' in wish ? wish.contact : active;
  const contact = snapshot.contacts.find((c) => c.id === about);
  const pointless = wish !== null && isPointless(wish, contact);
  useEffect(() => {
    if (pointless) close(); // a wish that is kept would hold back every shortcut
  }, [pointless]);
  if (wish === null || pointless) return null;
  switch (wish.box) {
    case 'sheet':
      return <Sheet onClose={close} />;
    case 'palette':
      return (
        <Palette
          available={(c) => can(controller, c)}
          onClose={close}
          onRun={(c) => {
            close();
            run(controller, c);
          }}
        />
      );
    case 'past':
      return <PastDialog contact={wish.contact} title={wish.title} onClose={close} />;
  }
  if (contact === undefined) return null;
  switch (wish.box) {
    case 'customer':
      return (
        <Dialog title="Customer" isOpen onClose={close}>
          <Customer contact={contact} />
        </Dialog>
      );
    case 'transfer':
    case 'colleague':
      return <TransferDialog contact={contact} adds={wish.box === 'colleague'} onClose={close} />;
    case 'end':
      return (
        <Dialog
          title={leaves(contact) ? `Leave the chat with ${contact.customer}?` : `End the chat with ${contact.customer}?`}
          alert
          size="small"
          isOpen
          onClose={close}
          actions={
            <>
              <Button onPress={close} autoFocus>
                Go on talking
              </Button>
              <Button
                look="danger"
                icon="end"
                onPress={() => {
                  close();
                  controller.end(contact);
                }}
              >
                {leaves(contact) ? 'Leave' : 'End chat'}
              </Button>
            </>
          }
        >
          <p>{leaves(contact) ? 'Your colleague goes on with it.' : 'The customer sees that you have left.'} What you have not sent is not sent any more.</p>
        </Dialog>
      );
  }
}

/** Reports whether a box asks about a chat that is over or gone by now. */
function isPointless(wish: Wish, contact: AgentContact | undefined): boolean {
  switch (wish.box) {
    case 'sheet':
    case 'palette':
    case 'past':
      return false;
    case 'customer':
      return contact === undefined;
    case 'transfer':
    case 'colleague':
    case 'end':
      return contact === undefined || standing(contact) !== 'talking';
  }
}

/** Listens for shortcuts and answers which keys they are. */
function useShortcuts(onSelect: () => void): Readonly<Record<Command, string>> {
  const controller = useController();
  const { keys: changed, shortcuts } = useSettings();
  const keys = keysOf(changed);
  useEffect(() => {
    if (!shortcuts) return;
    const pressed = (e: KeyboardEvent) => {
      const key = keyName(e);
      const { state } = controller.store;
      if (key === null || e.isComposing || e.defaultPrevented || inBox(e.target) || state.at !== 'desk') return;
      const field = e.target instanceof HTMLElement && (e.target.isContentEditable || e.target.matches('input, textarea, select, [role="menu"] *, [role="listbox"] *'));
      const number = chatOf(key);
      const chosen = number === null ? undefined : listed(state)[number];
      if (chosen !== undefined) {
        e.preventDefault();
        show(controller, chosen.id);
        return onSelect();
      }
      const command = commandOf(key, keysOf(changed), field);
      if (command === null) return;
      e.preventDefault();
      run(controller, command);
      if (['next', 'previous', 'waiting', 'compose'].includes(command)) onSelect();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [controller, changed, shortcuts, onSelect]);
  return keys;
}

/** Reports whether a box is open over the desk, which has the keys to itself. */
function inBox(target: EventTarget | null): boolean {
  return wishes.state !== null || (target instanceof Element && target.closest('[role="dialog"], [role="alertdialog"]') !== null);
}

/** Brings a chat to the front, ready to be answered. */
function show(controller: Controller, contact: string): void {
  go('chats');
  controller.select(contact);
  focusChat(contact);
}

/** Reports whether a command makes sense now. */
function can(controller: Controller, command: Command): boolean {
  const desk = controller.store.state;
  if (desk.at !== 'desk') return false;
  const contact = contactOf(desk, desk.active);
  switch (command) {
    case 'accept':
    case 'decline':
      return firstOffer(desk) !== null;
    case 'next':
    case 'previous':
      return listed(desk).length > 1;
    case 'waiting':
      return longestWaiting(desk) !== null;
    case 'compose':
    case 'customer':
      return contact !== null;
    case 'transfer':
    case 'end':
      return contact !== null && standing(contact) === 'talking' && contact.monitor === null;
    case 'colleague':
      return contact !== null && standing(contact) === 'talking' && contact.monitor === null && contact.multiParty;
    case 'close':
      return contact !== null && standing(contact) !== 'talking';
    default:
      return true;
  }
}

function run(controller: Controller, command: Command): void {
  const desk = controller.store.state;
  if (desk.at !== 'desk' || !can(controller, command)) return;
  const contact = contactOf(desk, desk.active);
  const offer = firstOffer(desk);
  switch (command) {
    case 'accept':
      if (offer !== null) controller.accept(offer);
      return go('chats');
    case 'decline':
      if (offer !== null) controller.decline(offer);
      return;
    case 'next':
    case 'previous': {
      const all = listed(desk);
      const at = all.findIndex((c) => c.id === desk.active) + (command === 'next' ? 1 : -1);
      const to = all[(at + all.length) % all.length];
      if (to !== undefined) show(controller, to.id);
      return;
    }
    case 'waiting': {
      const longest = longestWaiting(desk);
      if (longest !== null) show(controller, longest);
      return;
    }
    case 'compose':
      if (contact !== null) show(controller, contact.id);
      return;
    case 'transfer':
    case 'colleague':
    case 'end':
      if (contact !== null) wishes.dispatch({ box: command, contact: contact.id });
      return;
    case 'close':
      if (contact !== null) controller.clear(contact);
      return;
    case 'customer':
      return customer();
    case 'columns':
      return controller.setColumns(desk.columns === 1 ? 2 : 1);
    case 'status':
      return document.querySelector<HTMLElement>('.status-button')?.focus();
    case 'available': {
      const state = desk.configuration.states.find((s) => s.type === 'routable');
      if (state !== undefined) controller.putState(state);
      return;
    }
    case 'history':
    case 'chats':
    case 'settings':
      return go(command);
    case 'palette':
    case 'sheet':
      return wishes.dispatch({ box: command });
  }
}

/** Goes to the customer's column, or shows it over the desk where there is no room for one. */
function customer(): void {
  const column = document.querySelector<HTMLElement>('.desk-customer');
  if (column !== null && column.offsetParent !== null) column.focus();
  else wishes.dispatch({ box: 'customer' });
}

function longestWaiting(desk: Open): string | null {
  let longest: { id: string; since: number } | null = null;
  for (const contact of listed(desk)) {
    const chat = desk.chats.get(contact.id);
    const whose = chat === undefined || standing(contact) !== 'talking' ? null : turn(chat.transcript);
    if (whose?.waiting === 'customer' && (longest === null || whose.since < longest.since)) longest = { id: contact.id, since: whose.since };
  }
  return longest?.id ?? null;
}
