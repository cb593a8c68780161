import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ItemId } from '../../chat/item';
import { rowsOf, type Entry, type Row } from '../conversation/rows';
import { nameOf, useChat, useSession } from '../session';
import { Avatar } from './avatar';
import { Said } from './said';
import { Icon } from './icon';
import { Mark } from './mark';

/** How near the end one is still reading the newest. */
const near = 48;

/** The conversation: it stays at its end while one is there, and stays put while one reads back. */
export function Log({ firstNew }: { firstNew: ItemId | null }) {
  const { chat, language } = useSession();
  const state = useChat();
  const rows = useMemo(() => rowsOf(state, firstNew), [state.items, state.outbox, state.deliveries, state.phase, state.me, firstNew]);
  const log = useRef<HTMLDivElement>(null);
  const place = useRef({ atEnd: true, height: 0, first: '', last: '' });
  const [away, setAway] = useState(false);
  const [news, setNews] = useState(false);
  const started = useRef(Date.now());

  const first = state.items[0]?.id ?? '';
  const last = (state.outbox.at(-1)?.key ?? '') + (state.items.at(-1)?.id ?? '') + state.typing.length;
  const mine = rows.at(-1);
  const spoke = mine?.kind === 'group' && mine.who === 'me' ? mine.entries.at(-1)?.key : undefined;

  useLayoutEffect(() => {
    const el = log.current;
    if (el === null) return;
    const was = place.current;
    if (was.atEnd) el.scrollTop = el.scrollHeight;
    else if (was.first !== '' && was.first !== first) el.scrollTop += el.scrollHeight - was.height;
    else if (was.last !== last && state.typing.length === 0) setNews(true);
    place.current = { ...was, height: el.scrollHeight, first, last };
  }, [rows, last]);

  // What one says oneself is always looked at.
  useLayoutEffect(() => toEnd(), [spoke]);

  // The box changes its height with the keyboard, the window and the cards below it, and its content with pictures.
  useEffect(() => {
    const el = log.current;
    if (el === null) return;
    const watch = new ResizeObserver(() => place.current.atEnd && toEnd());
    watch.observe(el);
    if (el.firstElementChild !== null) watch.observe(el.firstElementChild);
    return () => watch.disconnect();
  }, []);

  function toEnd() {
    const el = log.current;
    if (el !== null) el.scrollTop = el.scrollHeight;
  }

  function scrolled() {
    const el = log.current;
    if (el === null || el.clientHeight === 0) return;
    const atEnd = el.scrollHeight - el.scrollTop - el.clientHeight < near;
    place.current.atEnd = atEnd;
    setAway(!atEnd);
    if (atEnd) setNews(false);
    if (el.scrollTop < 80 && state.earlier && el.scrollHeight > el.clientHeight) void chat.more();
  }

  const lastMine = rows.findLast((r) => r.kind === 'group' && r.who === 'me');
  const marked = lastMine?.kind === 'group' ? lastMine.entries.at(-1)?.key : undefined;

  return (
    <>
      <div className="log" part="log" role="log" aria-live="off" aria-label={language.say('log')} tabIndex={0} ref={log} onScroll={scrolled}>
        <div>
          {state.earlier && (
            <button type="button" className="earlier link" onClick={() => void chat.more()}>
              {language.say('earlier')}
            </button>
          )}
          {rows.map((row) => (
            <RowView key={row.key} row={row} marked={marked} since={started.current} />
          ))}
          <Typing />
        </div>
      </div>
      {away && (
        <button type="button" className={news ? 'latest news' : 'latest'} onClick={toEnd}>
          <Icon name="latest" />
          {language.say(news ? 'new' : 'latest')}
        </button>
      )}
    </>
  );
}

function RowView({ row, marked, since }: { row: Row; marked: string | undefined; since: number }) {
  const session = useSession();
  const { language, custom } = session;
  switch (row.kind) {
    case 'day':
      return (
        <p className="day">
          <time dateTime={new Date(row.at).toISOString()}>{language.day(row.at, Date.now())}</time>
        </p>
      );
    case 'new':
      return <p className="fresh">{language.say('new')}</p>;
    case 'event': {
      const words = custom.events[row.say];
      return (
        <p className="event" title={language.full(row.at)} dir="auto">
          {words === undefined ? language.say(row.say, { name: row.name }) : words.replaceAll('{name}', row.name)}
        </p>
      );
    }
    case 'group': {
      const name = nameOf(session, row.who, row.name);
      const mine = row.who === 'me';
      return (
        <div className={mine ? 'group mine' : 'group'}>
          {mine ? (
            <span className="aside">
              {name} {language.time(row.at)}
            </span>
          ) : (
            <>
              <p className="by">
                <bdi>{custom.hideNames ? <span className="aside">{name}</span> : <b>{name}</b>}</bdi>{' '}
                <time dateTime={new Date(row.at).toISOString()} title={language.full(row.at)}>
                  <bdi>{language.time(row.at)}</bdi>
                </time>
              </p>
              <Avatar who={row.who} name={name} small />
            </>
          )}
          <ul className="entries" role="list">
            {row.entries.map((entry) => (
              <EntryView key={entry.key} entry={entry} at={row.at} marked={marked === entry.key} since={since} />
            ))}
          </ul>
        </div>
      );
    }
  }
}

function EntryView({ entry, at, marked, since }: { entry: Entry; at: number; marked: boolean; since: number }) {
  const pending = entry.delivery === 'waiting' || entry.delivery === 'sending' || entry.delivery === 'failed';
  return (
    <li className={at >= since ? 'just' : ''}>
      <Said entry={entry} />
      {(marked || entry.delivery === 'failed') && entry.delivery !== null && <Mark entry={entry} delivery={entry.delivery} at={pending ? null : at} />}
    </li>
  );
}

function Typing() {
  const session = useSession();
  const { typing } = useChat();
  const [someone] = typing;
  if (someone === undefined || !session.config.look.typing) return null;
  const who = someone.role === 'CUSTOM_BOT' || someone.role === 'SYSTEM' ? 'bot' : 'agent';
  const name = nameOf(session, who, someone.name);
  return (
    <div className="typing">
      <Avatar who={who} name={name} small />
      <span className="dots">
        <i />
        <i />
        <i />
        <span className="aside">{session.language.say('typing', { name })}</span>
      </span>
    </div>
  );
}
