import { Avatar, Badge, Icon, IconButton, Menu, Timer, type IconName } from '../../ui';
import { Button as AriaButton } from 'react-aria-components';
import { useController, useDesk, useSettings } from './context';
import { go, pathOf, type Route } from './route';
import { wishes } from './wishes';
import './top.css';

/** The head of the desk: where to go, how the agent stands, and who the agent is. */
export function Top({ route, board }: { route: Route; board: boolean }) {
  const controller = useController();
  const configuration = useDesk((d) => d.configuration);
  const columns = useDesk((d) => d.columns);
  return (
    <header className="top" aria-label="Desk">
      <a className="brand" aria-label="Bellpull" href={pathOf('chats')} onClick={(e) => follow(e, 'chats')}>
        <span className="brand-mark">
          <Icon name="bell" />
        </span>
        <span className="brand-name">Bellpull</span>
      </a>
      <nav aria-label="Places" className="places">
        <Place to="chats" icon="chats" label="Chats" route={route} />
        <Place to="history" icon="history" label="Past chats" route={route} />
        {board && <Place to="board" icon="chart" label="Board" route={route} />}
      </nav>
      <span className="top-grow" />
      {route === 'chats' && (
        <span className="top-columns">
          <Menu
            label="How many chats side by side"
            trigger={<IconButton label={`Chats side by side: ${columns}`} icon={columns === 1 ? 'focus' : 'columns'} />}
            entries={[1, 2, 3, 4].map((n) => ({
              id: String(n),
              label: n === 1 ? 'One chat' : `${n} side by side`,
              icon: n === columns ? 'accept' : n === 1 ? 'focus' : 'columns',
              onAction: () => controller.setColumns(n),
            }))}
          />
        </span>
      )}
      <Status />
      <Menu
        label="You"
        trigger={
          <AriaButton className="button ghost top-me" aria-label={`${configuration.name}: settings, shortcuts, sign out`}>
            <Avatar name={configuration.name} size="small" />
          </AriaButton>
        }
        entries={[
          { id: 'settings', label: 'Settings', icon: 'settings', onAction: () => go('settings') },
          { id: 'sheet', label: 'Keyboard shortcuts', icon: 'keyboard', onAction: () => wishes.dispatch({ box: 'sheet' }) },
          ...(configuration.admin ? [{ id: 'widgets', label: 'Widgets', icon: 'chat' as const, onAction: () => location.assign('/setup/') }] : []),
          { id: 'line', separator: true },
          { id: 'out', label: 'Sign out', icon: 'signOut', onAction: () => void controller.signOut() },
        ]}
      />
    </header>
  );
}

function Place({ to, icon, label, route }: { to: Route; icon: IconName; label: string; route: Route }) {
  return (
    <a className="place" aria-label={label} href={pathOf(to)} aria-current={route === to ? 'page' : undefined} onClick={(e) => follow(e, to)}>
      <Icon name={icon} size={18} /> <span>{label}</span>
    </a>
  );
}

/** A plain click goes there without loading the page again; others do what browsers do. */
function follow(e: React.MouseEvent, to: Route): void {
  if (e.ctrlKey || e.metaKey || e.shiftKey || e.button !== 0) return;
  e.preventDefault();
  go(to);
}

/** The agent's status, the one that follows, and all there are to choose from. */
function Status() {
  const controller = useController();
  const state = useDesk((d) => d.snapshot.state);
  const since = useDesk((d) => d.snapshot.since);
  const next = useDesk((d) => d.snapshot.next);
  const skew = useDesk((d) => d.skew);
  const states = useDesk((d) => d.configuration.states);
  const { shortcuts } = useSettings();
  const kind = state.type === 'routable' ? 'routable' : state.type === 'offline' ? 'offline' : 'away';
  return (
    <div className="status">
      <Menu
        label="Status"
        trigger={
          <AriaButton className={`button plain status-button ${kind}`} data-shortcut={shortcuts ? 'status' : undefined} aria-label={`Status: ${state.name}`}>
            <span className="status-dot" />
            <span>{state.name}</span>
            {since > 0 && (
              <span className="status-since quiet">
                <Timer since={since} skew={skew} label="In this status" />
              </span>
            )}
            <Icon name="down" size={16} />
          </AriaButton>
        }
        entries={states.map((s) => ({
          id: s.arn,
          label: s.name,
          hint: s.type === 'routable' ? 'Chats ring' : s.type === 'offline' ? 'Not at work' : 'No new chats',
          ...(s.arn === state.arn ? { icon: 'accept' as const } : {}),
          onAction: () => controller.putState(s),
        }))}
      />
      {next !== null && (
        <Badge tone="info" icon="clock">
          <span>
            Next: {next.name}
          </span>
          <IconButton label={`Cancel ${next.name} as next status`} icon="close" size="small" onPress={() => controller.putState(state)} />
        </Badge>
      )}
    </div>
  );
}
