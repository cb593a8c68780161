import { useEffect, useRef, useState } from 'react';
import type { Item } from '../../chat/item';
import { bodyOf, summary, whoOf } from '../conversation/rows';
import { nameOf, useChat, useSession, type Session } from '../session';
import { Avatar } from './avatar';
import { Icon } from './icon';

type Line = Readonly<{ id: string; name: string; words: string; who: 'agent' | 'bot' | 'system' }>;

function theirs(item: Item, me: string): boolean {
  return item.kind !== 'event' && whoOf(item, me) !== 'me';
}

/** What somebody else has said, in one line. */
function lineOf(item: Item, me: string, session: Session): Line {
  const who = whoOf(item, me) as Line['who'];
  return { id: item.id, who, name: nameOf(session, who, item.author?.name ?? ''), words: summary(bodyOf(item)) };
}

/** The newest message that others have sent. */
function useNewest(): Line | null {
  const session = useSession();
  const { items, me } = useChat();
  const last = items.findLast((i) => theirs(i, me));
  return last === undefined ? null : lineOf(last, me, session);
}

/** What was said last, beside the closed launcher, until somebody waves it away. */
export function Preview({ open }: { open(): void }) {
  const { language } = useSession();
  const { unread } = useChat();
  const newest = useNewest();
  const [dismissed, dismiss] = useState('');
  if (newest === null || unread === 0 || dismissed === newest.id || newest.words === '') return null;
  return (
    <aside className="preview" part="preview">
      <button type="button" className="said" onClick={open}>
        <Avatar who={newest.who} name={newest.name} small />
        <span dir="auto">
          <b>{newest.name}</b>
          <span className="words">{newest.words}</span>
        </span>
      </button>
      <button type="button" className="tool" aria-label={language.say('dismiss')} onClick={() => dismiss(newest.id)}>
        <Icon name="close" />
      </button>
    </aside>
  );
}

/** How many of the messages that come at once are said aloud. */
const most = 3;

/** Says aloud who said what, once, to people who listen and not look. */
export function Announcer() {
  const session = useSession();
  const { items, me, phase } = useChat();
  const heard = useRef<string | null>(null); // the newest; null: what comes first was there before, and is not announced
  const [words, setWords] = useState('');
  useEffect(() => {
    if (phase !== 'open') {
      heard.current = phase === 'resuming' ? null : '';
      return;
    }
    const said = items.filter((i) => theirs(i, me));
    const last = said.at(-1)?.id;
    if (last === undefined || last === heard.current) return;
    if (heard.current !== null) {
      const news = said.slice(said.findIndex((i) => i.id === heard.current) + 1).slice(-most);
      setWords(news.map((i) => lineOf(i, me, session)).map((l) => `${l.name}: ${l.words}`).join('\n'));
    }
    heard.current = last;
  }, [items, phase]);
  return (
    <div className="aside" aria-live="polite" aria-atomic="true">
      {words}
    </div>
  );
}
